// Of a datagram of netlink's, is each message handed on, and is an answer that is an error, or ends with one,
// never taken for a whole one?
#include "netlink.hpp"

#include <model/errors.hpp>

#include <doctest/doctest.h>
#include <linux/netlink.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

namespace fwlearn::collector::netlink {
namespace {

constexpr std::uint16_t some_type = NLMSG_MIN_TYPE + 7;

void append(std::vector<char>& datagram, std::uint16_t type, std::optional<std::int32_t> payload) {
    nlmsghdr head{};
    head.nlmsg_type = type;
    head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + (payload ? sizeof *payload : 0));
    const auto at = datagram.size();
    datagram.resize(at + head.nlmsg_len);
    std::memcpy(datagram.data() + at, &head, sizeof head);
    if (payload) {
        std::memcpy(datagram.data() + at + NLMSG_HDRLEN, &*payload, sizeof *payload);
    }
}

struct Read {
    std::vector<std::int32_t> handed; ///< what the messages hold
    bool more = false;
    int error = 0;
};

Read read(const std::vector<char>& datagram) {
    Read result;
    try {
        result.more = for_each_message(datagram, "cannot be read", [&](const nlmsghdr* message) {
            std::int32_t payload = 0;
            std::memcpy(&payload, mnl_nlmsg_get_payload(message), sizeof payload);
            result.handed.push_back(payload);
        });
    } catch (const model::SystemError& error) {
        CHECK(std::string(error.what()).starts_with("cannot be read"));
        result.error = error.error_number();
    }
    return result;
}

} // namespace

TEST_CASE("netlink: each message of a datagram is handed on, and more may come") {
    std::vector<char> datagram;
    append(datagram, some_type, 1);
    append(datagram, some_type, 2);
    const auto whole = read(datagram);
    CHECK(whole.handed == std::vector<std::int32_t>{1, 2});
    CHECK(whole.more);
    CHECK(whole.error == 0);
    // Of the last one a part is missing.
    datagram.pop_back();
    CHECK(read(datagram).handed == std::vector<std::int32_t>{1});
    CHECK(read({}).handed.empty());
}

TEST_CASE("netlink: a dump's end is its end, and what is behind it another's") {
    for (const auto payload : {std::optional<std::int32_t>(), std::optional<std::int32_t>(0)}) {
        std::vector<char> datagram;
        append(datagram, some_type, 1);
        append(datagram, NLMSG_DONE, payload);
        append(datagram, some_type, 2);
        const auto done = read(datagram);
        CHECK(done.handed == std::vector<std::int32_t>{1});
        CHECK_FALSE(done.more);
        CHECK(done.error == 0);
    }
}

TEST_CASE("netlink: a dump that ended with an error is not a whole one") {
    std::vector<char> datagram;
    append(datagram, some_type, 1);
    append(datagram, NLMSG_DONE, -ENOMEM);
    CHECK(read(datagram).error == ENOMEM);
}

TEST_CASE(
    "netlink: an error is told by its number, its absence is an acknowledgement, and a part is neither") {
    std::vector<char> refused;
    append(refused, NLMSG_ERROR, -EPERM);
    CHECK(read(refused).error == EPERM);
    std::vector<char> acknowledged;
    append(acknowledged, NLMSG_ERROR, 0);
    CHECK(read(acknowledged).error == 0);
    CHECK_FALSE(read(acknowledged).more);
    std::vector<char> cut;
    append(cut, NLMSG_ERROR, std::nullopt);
    CHECK(read(cut).error == EBADMSG);
}

} // namespace fwlearn::collector::netlink
