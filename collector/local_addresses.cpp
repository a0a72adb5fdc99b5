#include "collector/local_addresses.hpp"

#include "netlink.hpp"

#include <linux/rtnetlink.h>
#include <tsl/robin_set.h>

#include <algorithm>

namespace fwlearn::collector {
namespace {

constexpr const char* purpose = "cannot read this host's addresses";

std::optional<model::Prefix> local_prefix(const nlmsghdr* message) {
    const auto* route = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(message));
    if (message->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(message) < sizeof *route ||
        route->rtm_type != RTN_LOCAL) {
        return std::nullopt;
    }
    // Not mnl_attr_for_each: that macro does not compile as C++.
    std::optional<model::Address> address;
    mnl_attr_parse(
        message, sizeof(rtmsg),
        [](const nlattr* attribute, void* found) {
            if (mnl_attr_get_type(attribute) == RTA_DST) {
                *static_cast<std::optional<model::Address>*>(found) = model::Address::from_octets(
                    {static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute)),
                     mnl_attr_get_payload_len(attribute)});
            }
            return MNL_CB_OK;
        },
        &address);
    return address ? std::optional(model::Prefix(*address, route->rtm_dst_len)) : std::nullopt;
}

} // namespace

struct LocalAddresses::State {
    netlink::Socket changes = netlink::open(NETLINK_ROUTE, RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, purpose);
    tsl::robin_set<model::Address, std::hash<model::Address>> singles;
    std::vector<model::Prefix> wide;
};

LocalAddresses::LocalAddresses() : state_(std::make_unique<State>()) {
    refresh();
}

LocalAddresses::~LocalAddresses() = default;

bool LocalAddresses::contains(const model::Address& address) const {
    return state_->singles.contains(address) ||
           std::any_of(state_->wide.begin(), state_->wide.end(),
                       [&address](const auto& prefix) { return prefix.contains(address); });
}

int LocalAddresses::fd() const {
    return mnl_socket_get_fd(state_->changes.get());
}

void LocalAddresses::refresh() {
    std::vector<char> buffer(netlink::buffer_size);
    std::size_t ignored = 0;
    while (netlink::receive(fd(), buffer, ignored) != netlink::Received::nothing) {
        // What changed does not matter: everything is read anew below.
    }
    const auto socket = netlink::open(NETLINK_ROUTE, 0, purpose);
    auto* request = mnl_nlmsg_put_header(buffer.data());
    request->nlmsg_type = RTM_GETROUTE;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    auto* wanted = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(rtmsg)));
    wanted->rtm_family = AF_UNSPEC;
    state_->singles.clear();
    state_->wide.clear();
    netlink::dump(socket.get(), request, purpose, [this](const nlmsghdr* message) {
        const auto prefix = local_prefix(message);
        if (prefix && prefix->is_single()) {
            state_->singles.insert(prefix->address());
        } else if (prefix) {
            state_->wide.push_back(*prefix);
        }
    });
}

} // namespace fwlearn::collector
