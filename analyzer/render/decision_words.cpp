#include "decision_words.hpp"

#include "analyzer/render/unmatched.hpp"

#include <model/vocabulary.hpp>

#include <fmt/format.h>

namespace fwlearn::analyzer {
namespace {

std::string scope_words(const model::DecisionScope& scope) {
    std::string text;
    const auto add = [&text](const char* what, const std::string& words) {
        if (!words.empty()) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what, words);
        }
    };
    add("rule", model::for_terminal(model::ForeignText(scope.rule)));
    add("process", model::for_terminal(scope.process));
    add("task", model::for_terminal(scope.task));
    add("user", model::for_terminal(scope.user));
    add("owner", scope.owner ? std::string(model::to_word(*scope.owner)) : std::string());
    add("unit", model::for_terminal(scope.unit));
    add("name", model::for_terminal(scope.name));
    add("address", scope.address ? scope.address->to_string() : std::string());
    add("protocol", scope.protocol ? scope.protocol->name() : std::string());
    add("port", scope.ports ? range_words(*scope.ports) : std::string());
    add("type", scope.icmp ? icmp_words(*scope.icmp) : std::string());
    return text;
}

} // namespace

std::string range_words(const model::DetailRange& range) {
    return range.is_single() ? std::to_string(range.first)
                             : std::to_string(range.first) + "-" + std::to_string(range.last);
}

std::string icmp_words(const model::DetailRange& types) {
    const auto service = model::Service{model::protocol::icmp, types.first};
    const auto type = std::to_string(service.icmp_type());
    return types.is_single() ? type + "/" + std::to_string(service.icmp_code()) : type;
}

std::vector<std::string> unmatched_lines(const model::Whitelist& whitelist) {
    std::vector<std::string> lines;
    for (const auto& decision : whitelist.unmatched) {
        lines.push_back(fmt::format("decision in line {} concerns nothing, or more than one rule: "
                                    "{} {}",
                                    decision.line, model::to_word(decision.action),
                                    scope_words(decision.scope)));
    }
    return lines;
}

std::string note_words(const model::Rule& rule) {
    const auto title = model::for_terminal(rule.title);
    const auto comment = model::for_terminal(rule.comment);
    return title + (title.empty() || comment.empty() ? "" : ": ") + comment;
}

} // namespace fwlearn::analyzer
