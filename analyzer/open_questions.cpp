#include "analyzer/open_questions.hpp"

#include "aggregate.hpp"
#include "decision_scope.hpp"
#include "left_out.hpp"
#include "proven_names.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

model::ForeignText program_of(const model::Process& process) {
    const auto& program = process.exe.empty() ? process.comm : process.exe;
    return process.script.empty()
               ? program
               : model::ForeignText(program.raw_bytes() + " " + process.script.raw_bytes());
}

auto content(const model::DecisionScope& scope) {
    return std::tie(scope.process, scope.user, scope.owner, scope.name, scope.address, scope.protocol,
                    scope.ports, scope.icmp);
}

/// Those that differ in ports alone, and have ports in a row, become one. Ascending before and after.
void join_ports(std::vector<model::DecisionScope>& scopes) {
    std::vector<model::DecisionScope> joined;
    for (auto& scope : scopes) {
        if (!joined.empty() && scope.ports && joined.back().ports &&
            scope.ports->first == joined.back().ports->last + 1) {
            auto longer = scope;
            longer.ports = model::DetailRange(joined.back().ports->first, scope.ports->last);
            auto last = joined.back();
            last.ports = longer.ports;
            if (last == longer) {
                joined.back() = std::move(longer);
                continue;
            }
        }
        joined.push_back(std::move(scope));
    }
    scopes = std::move(joined);
}

/// Those that differ in addresses alone become as few as the prefixes that their addresses fill.
void join_addresses(std::vector<model::DecisionScope>& scopes) {
    const auto rest = [](const model::DecisionScope& scope) {
        return std::tie(scope.process, scope.user, scope.owner, scope.name, scope.protocol, scope.ports,
                        scope.icmp);
    };
    std::stable_sort(scopes.begin(), scopes.end(),
                     [&rest](const auto& one, const auto& other) { return rest(one) < rest(other); });
    std::vector<model::DecisionScope> joined;
    for (std::size_t begin = 0; begin < scopes.size();) {
        std::vector<model::Prefix> prefixes;
        auto end = begin;
        for (; end < scopes.size() && rest(scopes[end]) == rest(scopes[begin]) && scopes[end].address;
             ++end) {
            prefixes.push_back(*scopes[end].address);
        }
        if (prefixes.empty()) {
            joined.push_back(std::move(scopes[begin++]));
            continue;
        }
        for (const auto& prefix : aggregate(prefixes)) {
            joined.push_back(scopes[begin]);
            joined.back().address = prefix;
        }
        begin = end;
    }
    scopes = std::move(joined);
}

} // namespace

std::vector<OpenQuestion> open_questions(const model::Whitelist& whitelist, const model::Record& record) {
    std::map<std::pair<std::string, model::ForeignText>, OpenQuestion> questions;
    for (const auto& left_out : whitelist.left_out) {
        if (!may_be_allowed(left_out)) {
            continue;
        }
        const auto& [key, counts] = std::tie(left_out.flow.key, left_out.flow.counts);
        const auto program = program_of(whitelist.identities.process(key.process));
        auto& question = questions[{left_out.reason, program}];
        question.reason = left_out.reason;
        question.program = program;
        question.flows += counts.count;
        question.first_seen = std::min(question.first_seen, counts.first_seen);
        question.last_seen = std::max(question.last_seen, counts.last_seen);
        const bool proven = is_proven(key, whitelist.identities, record.names);
        question.scopes.push_back(scope_for(
            key, whitelist.identities, proven ? whitelist.identities.name(key.name) : model::ForeignText()));
    }
    std::vector<OpenQuestion> result;
    result.reserve(questions.size());
    for (auto& [key, question] : questions) {
        auto& scopes = question.scopes;
        std::sort(scopes.begin(), scopes.end(),
                  [](const auto& one, const auto& other) { return content(one) < content(other); });
        scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
        join_ports(scopes);
        join_addresses(scopes);
        std::sort(scopes.begin(), scopes.end(),
                  [](const auto& one, const auto& other) { return content(one) < content(other); });
        result.push_back(std::move(question));
    }
    return result;
}

} // namespace fwlearn::analyzer
