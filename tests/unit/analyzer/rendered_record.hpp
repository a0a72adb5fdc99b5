// A small record with a little of everything, and its text by lines. Knows nothing of any format.
// Included by the tests of analyzer/render.
#pragma once

#include <model/vocabulary.hpp>

#include <sstream>

namespace fwlearn::analyzer::render_test {

using model::ForeignText;
using model::Service;
using model::SocketOwner;

inline const auto monday = *model::parse_rfc3339("2026-11-23T07:00:00Z");
inline const auto www = SocketOwner::user(33, 33);
inline const auto https = Service::port(model::protocol::tcp, 443);

inline model::Flow flow(const SocketOwner& owner, const Service& service, const std::string& address) {
    model::Flow result;
    result.key.owner = owner;
    result.key.destination = {service, *model::Address::parse(address)};
    result.counts.count = 1;
    result.counts.answered = 1;
    result.counts.first_seen = result.counts.last_seen = monday;
    result.hours = {{model::hour_of(monday), result.counts.count}};
    return result;
}

/// One flow of a process that is known, with a name, and a little of everything else.
inline model::Record rich_record() {
    model::Record record;
    record.identities.name_user(33, ForeignText("www-data"));
    record.identities.name_user(34, ForeignText("backup"));
    auto known = flow(www, https, "198.51.100.6");
    model::Process process;
    process.exe = ForeignText("/usr/bin/php");
    process.uid = 34;
    known.key.process = record.identities.add(process);
    known.key.task = record.identities.add(model::Task{model::TaskKind::cron, ForeignText("php-session")});
    known.key.interface = record.identities.add_interface(ForeignText("eth0"));
    known.key.attribution = model::Attribution::inferred;
    record.flows = {flow({}, Service::port(model::protocol::udp, 123), "2001:db8::7"), known,
                    flow(SocketOwner::kernel(), {model::protocol::gre, 0}, "198.51.100.9"),
                    flow(SocketOwner::kernel(), Service::icmp(model::protocol::icmp, 8, 0), "198.51.100.9")};
    record.gaps = {{monday, monday + std::chrono::hours(1), model::GapReason::nflog_overrun, 42}};
    for (const auto* name : {"php", "anybody"}) {
        model::NameBinding binding;
        binding.address = known.key.destination.address;
        binding.name = ForeignText(std::string(name) + ".example.org");
        // Neither is an answer: they label, and the rule stays by address.
        binding.source = model::BindingSource::configuration;
        if (name == std::string("php")) {
            binding.process = known.key.process;
            binding.source = model::BindingSource::tls_sni;
        }
        record.names.insert(record.names.begin(), binding);
    }
    return record;
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace fwlearn::analyzer::render_test
