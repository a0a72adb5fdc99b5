// Programs, flows and what is said of them as the tests of suspicion put them together; files and processes
// as the host tells of them. Knows nothing of what is suspicious. Included by the tests of suspicion.
#pragma once

#include <model/vocabulary.hpp>

#include <doctest/doctest.h>
#include <suspicion.hpp>

#include <algorithm>

namespace fwlearn::analyzer::suspicion_test {

using model::FlagKind;
using model::ForeignText;
using model::TaskKind;

inline const auto start = *model::parse_rfc3339("2026-11-23T00:00:00Z");
inline const auto https = model::Service::port(model::protocol::tcp, 443);

/// Who sent, and what the host says of it. Empty file facts: root's, from no package.
struct Case {
    const char* what;
    const char* exe;
    const char* script = "";
    std::vector<const char*> ancestors{};
    TaskKind kind = TaskKind::service;
    model::Process other{}; ///< flags, names; exe, script and ancestors are those above
    std::vector<model::ProgramFile> files{};
    std::string expected{}; ///< flags by their words, or "left out: " and the beginning of the reason
};

inline model::ProgramFile file(const char* path, std::optional<std::uint32_t> owner = 0,
                               const char* package = "", bool writable = false, bool home = false) {
    return {ForeignText(path), owner, writable, home, ForeignText(package)};
}

inline model::Process with(bool model::Process::*what) {
    model::Process process;
    process.*what = true;
    return process;
}

inline model::Process called(const char* comm, const char* cmdline) {
    model::Process process;
    process.comm = ForeignText(comm);
    process.cmdline = ForeignText(cmdline);
    return process;
}

inline model::Process process_of(const Case& one) {
    auto process = one.other;
    process.exe = ForeignText(one.exe);
    process.script = ForeignText(one.script);
    process.unit = ForeignText("some.service");
    for (const auto* ancestor : one.ancestors) {
        process.ancestors.emplace_back(ancestor);
    }
    return process;
}

inline std::string joined(const std::vector<FlagKind>& flags) {
    std::string all;
    for (const auto flag : flags) {
        all += (all.empty() ? "" : ", ") + std::string(model::to_word(flag));
    }
    return all;
}

inline std::string verdict(const Suspicion& suspicion, const model::FlowKey& key) {
    const auto reason = suspicion.reason_to_distrust(key);
    return reason ? "left out: " + *reason : joined(suspicion.flags_of(key));
}

/// So many flows in each of these hours.
inline model::HourCounts hours_at(const std::vector<int>& hours, const std::vector<std::uint64_t>& counts) {
    model::HourCounts all;
    for (std::size_t i = 0; i < hours.size(); ++i) {
        all.push_back({model::hour_of(start) + std::chrono::hours(hours[i]), counts.at(i)});
    }
    return all;
}

inline model::Flow flow_at(const std::vector<int>& hours, const std::vector<std::uint64_t>& counts) {
    model::Flow flow;
    flow.key.owner = model::SocketOwner::user(33, 33);
    flow.key.destination = {https, *model::Address::parse("192.0.2.7")};
    flow.hours = hours_at(hours, counts);
    for (const auto count : counts) {
        flow.counts.count += count;
    }
    return flow;
}

inline std::string verdict(const Case& one) {
    model::Record record;
    record.programs = one.files;
    std::sort(record.programs.begin(), record.programs.end());
    auto flow = flow_at({0}, {1});
    flow.key.process = record.identities.add(process_of(one));
    flow.key.task = record.identities.add({one.kind, ForeignText("some.service")});
    record.flows.push_back(flow);
    return verdict(Suspicion(record), flow.key);
}

/// Of each what is expected.
inline void check(const std::vector<Case>& cases) {
    for (const auto& one : cases) {
        const std::string what = one.what;
        CAPTURE(what);
        CHECK(verdict(one) == one.expected);
    }
}

} // namespace fwlearn::analyzer::suspicion_test
