#include "random_record.hpp"

#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

namespace fwlearn::tests {

using namespace model;

SocketOwner RandomRecord::owner() {
    constexpr std::array<std::uint32_t, 5> users{0, 33, 999, 1000, 65534};
    if (one_in(8)) {
        return SocketOwner::kernel();
    }
    if (unknown_owners_ && one_in(6)) {
        return {};
    }
    const auto uid = users[below(users.size())];
    return SocketOwner::user(uid, one_in(3) ? no_gid : uid);
}

Address RandomRecord::address() {
    if (one_in(12)) {
        constexpr std::array<const char*, 10> special{
            "224.0.0.251", "255.255.255.255", "127.0.0.1", "0.0.0.0",          "203.0.113.77",
            "ff02::fb",    "fe80::1",         "::1",       "2001:db8:ffff::1", "::ffff:198.51.100.3"};
        return *Address::parse(special[below(special.size())]);
    }
    if (one_in(3)) {
        auto octets = std::array<std::uint8_t, 16>{0x20, 0x01, 0x0d, 0xb8};
        octets[15] = static_cast<std::uint8_t>(below(8));
        return Address::v6(octets);
    }
    return Address::v4(static_cast<std::uint32_t>(0xc6336400U + below(12)));
}

Service RandomRecord::service() {
    const std::array services{Service::port(protocol::tcp, 80),
                              Service::port(protocol::tcp, 443),
                              Service::port(protocol::tcp, 443),
                              Service::port(protocol::tcp, 8080),
                              Service::port(protocol::udp, 53),
                              Service::port(protocol::udp, 123),
                              Service::port(protocol::udp, 67),
                              Service::port(protocol::udp, 547),
                              Service::port(protocol::sctp, 5000),
                              Service::port(protocol::udplite, 53),
                              Service::icmp(protocol::icmp, 8, 0),
                              Service::icmp(protocol::icmp, 3, 1),
                              Service::icmp(protocol::icmp, 13, 0),
                              Service::icmp(protocol::icmpv6, 128, 0),
                              Service::icmp(protocol::icmpv6, 135, 0),
                              Service::icmp(protocol::icmpv6, 143, 0),
                              Service{protocol::gre, 0},
                              Service{Protocol{253}, 0}};
    return services[below(services.size())];
}

Destination RandomRecord::destination() {
    return {service(), address()};
}

Flow RandomRecord::flow(Identities& identities) {
    constexpr std::array<const char*, 3> programs{"", "/usr/bin/apt", "/usr/sbin/chronyd"};
    Flow flow;
    flow.key.owner = owner();
    flow.key.destination = destination();
    flow.key.overflow = one_in(30);
    flow.key.interface = identities.add_interface(ForeignText(one_in(4) ? "eth1" : "eth0"));
    Process process;
    process.exe = ForeignText(programs[below(programs.size())]);
    flow.key.process = identities.add(process);
    flow.key.task =
        identities.add(one_in(2) ? Task{} : Task{TaskKind::timer, ForeignText("apt-daily.timer")});
    flow.key.attribution = process.known() ? Attribution::exact : Attribution::unknown;
    const auto first = Timestamp(std::chrono::seconds(1'790'000'000)) + std::chrono::minutes(below(20'000));
    flow.counts.count = 1 + below(100);
    flow.counts.answered = below(flow.counts.count + 1);
    flow.counts.first_seen = first;
    flow.counts.last_seen = first + std::chrono::hours(below(100));
    flow.hours = {{hour_of(first), flow.counts.count}};
    if (flow.counts.count > 1 && hour_of(flow.counts.last_seen) != hour_of(first)) {
        --flow.hours.front().count;
        flow.hours.push_back({hour_of(flow.counts.last_seen), 1});
    }
    return flow;
}

Record RandomRecord::record(std::size_t flows) {
    Record record;
    unknown_owners_ = one_in(4);
    std::set<FlowKey> keys;
    const auto wanted = 1 + below(flows);
    const auto add = [&](const Flow& flow) {
        if (keys.insert(flow.key).second) {
            record.flows.push_back(flow);
        }
    };
    while (record.flows.size() < wanted) {
        auto one = flow(record.identities);
        add(one);
        // A block: the same sender to a run of addresses, or to several ports.
        const auto length = one_in(4) ? below(8) : 0;
        for (std::size_t step = 1; step <= length && record.flows.size() < wanted; ++step) {
            if (one.key.destination.service.protocol.has_ports() && one_in(2)) {
                one.key.destination.service.detail = static_cast<std::uint16_t>(80 + step);
            } else {
                one.key.destination.address = Address::v4(static_cast<std::uint32_t>(0xc6336400U + step));
            }
            add(one);
        }
    }
    for (const std::uint32_t uid : {0U, 33U}) {
        record.identities.name_user(uid, ForeignText(uid == 0 ? "root" : "www-data"));
    }
    add_names(record);
    return record;
}

void RandomRecord::add_names(Record& record) {
    const auto host = [this] { return ForeignText("host" + std::to_string(below(3)) + ".example.org"); };
    std::map<std::tuple<Address, ForeignText, ProcessId, BindingSource>, NameBinding> bindings;
    const auto bind = [&bindings](const NameBinding& binding) {
        bindings.try_emplace({binding.address, binding.name, binding.process, binding.source}, binding);
    };
    for (auto& flow : record.flows) {
        if (flow.key.overflow || !one_in(3)) {
            continue;
        }
        // A flow that was known by a name when it began, most often with the answer in the record.
        NameBinding binding;
        binding.address = flow.key.destination.address;
        binding.name = host();
        binding.process = flow.key.process;
        binding.source = static_cast<BindingSource>(below(5));
        binding.ttl = static_cast<std::uint32_t>(below(400));
        if (one_in(2)) {
            flow.key.name = record.identities.add_name(binding.name);
            flow.key.name_source = binding.source;
        }
        if (!one_in(4)) {
            bind(binding);
        }
    }
    for (std::size_t index = 0; index < below(6); ++index) {
        NameBinding binding;
        binding.address =
            one_in(2) ? record.flows[below(record.flows.size())].key.destination.address : address();
        binding.name = host();
        binding.process =
            one_in(2) ? record.flows[below(record.flows.size())].key.process : ProcessId::unknown;
        binding.source = static_cast<BindingSource>(below(5));
        bind(binding);
    }
    for (const auto& [key, binding] : bindings) {
        record.names.push_back(binding);
    }
}

std::size_t record_count() {
#ifdef FWLEARN_SANITIZED // it looks for faults in the code, of which a tenth shows as many, for ten times
                         // as long
    return 1'000;
#else
    return std::getenv("FWLEARN_FULL") != nullptr ? 100'000 : 10'000;
#endif
}

} // namespace fwlearn::tests
