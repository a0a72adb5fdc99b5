#include "analyzer/open_questions.hpp"

#include "decision_scope.hpp"
#include "left_out.hpp"

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
    return std::tie(scope.process, scope.user, scope.name, scope.address, scope.protocol, scope.ports);
}

} // namespace

std::vector<OpenQuestion> open_questions(const model::Whitelist& whitelist) {
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
        question.scopes.push_back(scope_for(key, whitelist.identities, whitelist.identities.name(key.name)));
    }
    std::vector<OpenQuestion> result;
    result.reserve(questions.size());
    for (auto& [key, question] : questions) {
        auto& scopes = question.scopes;
        std::sort(scopes.begin(), scopes.end(),
                  [](const auto& one, const auto& other) { return content(one) < content(other); });
        scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
        result.push_back(std::move(question));
    }
    return result;
}

} // namespace fwlearn::analyzer
