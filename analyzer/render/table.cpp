#include "analyzer/render/table.hpp"

#include "coverage_lines.hpp"
#include "decision_words.hpp"
#include "rule_words.hpp"
#include "text_table.hpp"

#include <model/counted.hpp>

#include <fmt/format.h>

namespace fwlearn::analyzer {
namespace {

std::string joined(const std::vector<std::string>& words, std::size_t shown) {
    std::string text;
    for (std::size_t index = 0; index < std::min(shown, words.size()); ++index) {
        text += (index == 0 ? "" : ", ") + words[index];
    }
    return words.size() > shown ? text + fmt::format(" and {} more", words.size() - shown) : text;
}

std::string who(const model::Rule& rule) {
    std::vector<std::string> words;
    for (const auto& selector : rule.selectors) {
        words.push_back(selector_words(selector) +
                        (selector.user.empty() ? "" : " " + model::for_terminal(selector.user)));
    }
    return joined(words, 3);
}

std::string tasks_of(const model::Rule& rule) {
    std::vector<std::string> words;
    for (const auto& task : rule.tasks) {
        words.push_back(task_words(task));
    }
    return joined(words, 2);
}

std::string destinations_of(const model::Rule& rule) {
    std::vector<std::string> words;
    for (const auto& [before, name] : shown_names(rule)) {
        words.push_back(before + model::for_terminal(name));
    }
    if (!rule.by_name.empty()) {
        return joined(words, 4) + " (" + model::counted(count_addresses(rule), "address", "addresses") +
               " so far)";
    }
    for (const auto& prefix : rule.addresses) {
        words.push_back(prefix.to_string());
    }
    return joined(words, 4);
}

std::string evidence_of(const model::Rule& rule) {
    const auto& evidence = rule.evidence;
    auto text = model::counted(evidence.flows, "flow") + ", " + model::counted(evidence.days, "day");
    if (evidence.answered == 0) {
        text += evidence.refused > 0 ? ", refused" : ", never answered";
    }
    return text;
}

} // namespace

std::string render_table(const model::Whitelist& whitelist, const TableStyle& style) {
    std::string text;
    for (const auto& line : coverage_lines(whitelist)) {
        text += line + "\n";
    }
    text += fmt::format("proposed: {}; whatever they do not admit is denied\n\n",
                        model::counted(whitelist.rules.size(), "rule"));
    TextTable table(
        {"!RULE", "WHO", "SERVICE", "DESTINATION", "!EXPOSURE", "+EVIDENCE", "+TASK", "+PROCESS"});
    for (const auto& rule : whitelist.rules) {
        table.add({rule.id, who(rule), service_words(rule) + purpose_words(rule), destinations_of(rule),
                   exposure_words(rule), evidence_of(rule), tasks_of(rule), joined(programs_of(rule), 2)});
    }
    text += table.print(style);
    for (const auto& rule : whitelist.rules) {
        if (const auto note = note_words(rule); !note.empty()) {
            text += "note: " + rule.id + ": " + note + "\n";
        }
    }
    for (const auto& rule : whitelist.rules) {
        for (const auto& line : rule.warnings) {
            text += warning("warning: " + rule.id + ": " + line, style) + "\n";
        }
    }
    for (const auto& line : wildcard_lines(whitelist)) {
        text += line + "\n";
    }
    const auto unseen = not_seen_lines(whitelist);
    if (!unseen.empty()) {
        text += "\nconfigured, not seen yet (denied):\n";
    }
    for (const auto& line : unseen) {
        text += "  " + line + "\n";
    }
    return text;
}

} // namespace fwlearn::analyzer
