#include "set_elements.hpp"

#include "nfnetlink.hpp"
#include "owned_set.hpp"

#include <model/errors.hpp>

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <span>
#include <utility>

namespace fwlearn::firewall {
namespace {

/// The messages of one transaction.
class Batch {
  public:
    explicit Batch(std::string purpose) : purpose_(std::move(purpose)) {
        nftnl_batch_begin(message_.data(), sequence_++);
        append();
    }

    /// `question` is NFT_MSG_NEWSETELEM or NFT_MSG_DELSETELEM.
    void add(std::uint16_t question, const std::string& set, std::span<const SetElement> elements) {
        // An attribute holds 64 KiB, and so many elements with their timeouts are less than half of that.
        constexpr std::size_t together = 400;
        while (!elements.empty()) {
            const auto few = std::min(together, elements.size());
            add_few(question, set, elements.first(few));
            elements = elements.subspan(few);
        }
    }

    std::span<const char> finished() {
        nftnl_batch_end(message_.data(), sequence_++);
        append();
        return messages_;
    }

  private:
    void add_few(std::uint16_t question, const std::string& name, std::span<const SetElement> elements) {
        const OwnedSet set(nftnl_set_alloc());
        if (!set || nftnl_set_set_str(set.get(), NFTNL_SET_TABLE, whitelist_table_name) < 0 ||
            nftnl_set_set_str(set.get(), NFTNL_SET_NAME, name.c_str()) < 0) {
            throw model::SystemError(purpose_, ENOMEM);
        }
        for (const auto& [key, expires] : elements) {
            auto* element = nftnl_set_elem_alloc();
            if (element == nullptr) {
                throw model::SystemError(purpose_, ENOMEM);
            }
            nftnl_set_elem_add(set.get(), element); // whose it is from here on
            nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, key.data(),
                               static_cast<std::uint32_t>(key.size()));
            if (expires) {
                nftnl_set_elem_set_u64(element, NFTNL_SET_ELEM_EXPIRATION,
                                       static_cast<std::uint64_t>(expires->count()));
            }
        }
        const std::uint16_t flags = question == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0;
        auto* header = nftnl_nlmsg_build_hdr(message_.data(), question, NFPROTO_INET, flags, sequence_++);
        nftnl_set_elems_nlmsg_build_payload(header, set.get());
        append();
    }

    void append() {
        const auto* header =
            reinterpret_cast<const nlmsghdr*>(message_.data()); // NOLINT: netlink's own layout
        const auto used = std::span(message_).first(MNL_ALIGN(header->nlmsg_len));
        messages_.insert(messages_.end(), used.begin(), used.end());
    }

    std::string purpose_;
    std::uint32_t sequence_ = 1;
    std::vector<char> message_ = std::vector<char>(std::size_t{1} << 16U);
    std::vector<char> messages_;
};

} // namespace

bool renews_elements() {
    // "netfilter: nf_tables: set element timeout update support".
    constexpr std::pair since{6U, 12U};
    utsname name{};
    std::pair<unsigned, unsigned> running;
    return uname(&name) == 0 && std::sscanf(name.release, "%u.%u", &running.first, &running.second) == 2 &&
           running >= since;
}

void change_elements(const std::vector<SetChange>& changes, const std::string& purpose) {
    if (std::all_of(changes.begin(), changes.end(),
                    [](const SetChange& change) { return change.removed.empty() && change.added.empty(); })) {
        return;
    }
    Batch batch(purpose);
    for (const auto& [set, removed, added] : changes) {
        std::vector<SetElement> keys;
        keys.reserve(removed.size());
        for (const auto& key : removed) {
            keys.push_back({key, std::nullopt});
        }
        batch.add(NFT_MSG_DELSETELEM, set, keys);
        batch.add(NFT_MSG_NEWSETELEM, set, added);
    }
    if (const int error = Nfnetlink(purpose).transact(batch.finished()); error != 0) {
        throw model::SystemError(purpose, error);
    }
}

} // namespace fwlearn::firewall
