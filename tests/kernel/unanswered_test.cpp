// What costs a server next to nothing although it sends very much: datagrams that nobody answers.
#include "ground/as_user.hpp"
#include "ground/counters.hpp"
#include "ground/endpoint.hpp"
#include "ground/failure.hpp"
#include "ground/observing.hpp"
#include "ground/responder.hpp"
#include "ground/stored.hpp"

#include <sql/reader.hpp>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

constexpr int sent_one_way = 5000;

/// From one socket of the user's, to where nobody answers.
void send_one_way(const model::SocketOwner& user, const model::Destination& destination, int times) {
    const AsUser as_user(user);
    const bool ipv6 = destination.address.family() == model::Family::ipv6;
    const Fd sender(must(socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    const auto to = endpoint(destination.address, destination.service.detail);
    for (int time = 0; time < times; ++time) {
        must(static_cast<int>(sendto(sender.get(), "x", 1, 0, to.get(), to.size)), "sendto");
    }
}

} // namespace

TEST_CASE("of datagrams in a flow that nobody answers few are logged, and no other flow's are fewer for it") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const auto service = model::Service::port(model::protocol::udp, ports::silent);
    const auto much = model::SocketOwner::user(4001, 4101);
    const auto little = model::SocketOwner::user(4002, 4102);
    std::map<Key, std::uint64_t> made;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        const Inside inside(lab.server());
        for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
            const model::Destination flooded{service, Lab::internet_address(family, 1)};
            send_one_way(much, flooded, sent_one_way);
            ++made[{much, flooded}];
            for (unsigned host = 1; host <= 50; ++host) {
                const model::Destination other{service, Lab::internet_address(family, host)};
                send_one_way(little, other, 3);
                ++made[{little, other}];
            }
        }
        REQUIRE(observing.stop() == 0);
    }
    auto stored = stored_flows(sql::Reader(database).read());
    CHECK(stored.size() == made.size());
    for (const auto& flow : made) {
        CHECK_MESSAGE(stored[flow.first].count == flow.second, flow.first.second.address.to_string());
    }
    const auto counters = stored_counters(database);
    CHECK(counters.at("nflog_logged") == counters.at("nflog_received"));
    CHECK(counters.at("nflog_logged") >= made.size());
    CHECK(counters.at("nflog_logged") < sent_one_way / 2); // of twice as many
}
