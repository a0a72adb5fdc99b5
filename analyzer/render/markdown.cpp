#include "analyzer/render/markdown.hpp"

#include "coverage_lines.hpp"
#include "decision_words.hpp"
#include "rule_words.hpp"

#include <model/counted.hpp>

#include <fmt/format.h>

namespace fwlearn::analyzer {
namespace {

constexpr std::size_t shown = 5;

/// Words of fwlearn's own that may quote foreign ones: as text, whatever they hold.
std::string text_of(const std::string& words) {
    return model::for_markdown(model::ForeignText(words));
}

template <typename List, typename Words>
std::string some_of(const List& list, const Words& words) {
    std::string text;
    std::size_t count = 0;
    for (const auto& one : list) {
        if (count++ < shown) {
            text += (text.empty() ? "" : ", ") + words(one);
        }
    }
    return count > shown ? text + fmt::format(" and {} more", count - shown) : text;
}

std::string who(const model::Rule& rule) {
    return some_of(rule.selectors, [](const model::Selector& selector) {
        return text_of(selector_words(selector)) +
               (selector.user.empty() ? "" : " (" + model::for_markdown(selector.user) + ")");
    });
}

std::string where(const model::Rule& rule) {
    if (!rule.by_name.empty()) {
        return some_of(rule.by_name,
                       [](const model::NamedAddresses& known) {
                           return (known.and_below ? "\\*." : "") + model::for_markdown(known.name);
                       }) +
               fmt::format(" ({} so far)", model::counted(count_addresses(rule), "address", "addresses"));
    }
    auto text = some_of(rule.addresses, [](const model::Prefix& prefix) { return prefix.to_string(); });
    if (!rule.names.empty()) {
        text += " (" + some_of(rule.names, [](const auto& name) { return model::for_markdown(name); }) + ")";
    }
    return text;
}

std::string tasks(const model::Rule& rule) {
    return some_of(rule.tasks, [](const model::Task& task) { return text_of(task_words(task)); });
}

void add_list(std::string& out, const std::string& title, const std::vector<std::string>& lines) {
    if (lines.empty()) {
        return;
    }
    out += "\n## " + title + "\n\n";
    for (const auto& line : lines) {
        out += "- " + text_of(line) + "\n";
    }
}

} // namespace

std::string render_markdown(const model::Whitelist& whitelist) {
    auto out = fmt::format("# Default-deny whitelist for OUTPUT\n\n{}; what they do not admit is denied.\n",
                           model::counted(whitelist.rules.size(), "rule"));
    add_list(out, "What was observed", coverage_lines(whitelist));
    out += "\n## Rules\n\n| rule | who | service | destination | exposure | seen | tasks |\n"
           "|---|---|---|---|---|---|---|\n";
    std::vector<std::string> warnings;
    std::vector<std::string> admits;
    for (const auto& rule : whitelist.rules) {
        out += fmt::format("| {} | {} | {} | {} | {} | {}, {} | {} |\n", rule.id, who(rule),
                           text_of(service_words(rule) + purpose_words(rule)), where(rule),
                           exposure_words(rule), model::counted(rule.evidence.flows, "flow"),
                           model::counted(rule.evidence.days, "day"), tasks(rule));
        admits.push_back(rule.id + ": " + admits_words(rule));
        if (const auto note = note_words(rule); !note.empty()) {
            admits.push_back(rule.id + ": note: " + note);
        }
        for (const auto& warning : rule.warnings) {
            warnings.push_back(rule.id + ": " + warning);
        }
    }
    add_list(out, "Warnings", warnings);
    add_list(out, "What each rule's senders are", admits);
    add_list(out, "Domains that could be one rule", wildcard_lines(whitelist));
    add_list(out, "Configured, not seen yet, and denied", not_seen_lines(whitelist));
    return out;
}

} // namespace fwlearn::analyzer
