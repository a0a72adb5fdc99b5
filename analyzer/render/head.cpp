#include "head.hpp"

#include "coverage_lines.hpp"
#include "decision_words.hpp"
#include "rule_words.hpp"

#include <model/counted.hpp>

#include <fmt/format.h>

namespace fwlearn::analyzer {
namespace {

/// Nobody reads a thousand names in one line; explain has them all.
constexpr std::size_t most_words = 12;

std::string evidence_line(const model::Rule& rule) {
    const auto& evidence = rule.evidence;
    auto text = fmt::format("{} {} {}{}{}: {} on {}, {} to {}", rule.id, selector_words(rule.selectors),
                            service_words(rule), rule.by_name.empty() ? "" : " by name", purpose_words(rule),
                            model::counted(evidence.flows, "flow"), model::counted(evidence.days, "day"),
                            model::to_rfc3339(evidence.first_seen), model::to_rfc3339(evidence.last_seen));
    const auto words = foreign_words(rule);
    for (std::size_t index = 0; index < std::min(words.size(), most_words); ++index) {
        text += fmt::format(" {}{}", words[index].before, model::for_rule_comment(words[index].text));
    }
    return words.size() > most_words ? text + fmt::format(" and {} more", words.size() - most_words) : text;
}

} // namespace

std::vector<std::string> head_lines(const model::Whitelist& whitelist) {
    auto lines = coverage_lines(whitelist);
    lines.emplace_back();
    lines.emplace_back("The rules (fwlearn suggest -o table shows them with all their evidence):");
    for (const auto& rule : whitelist.rules) {
        lines.push_back(evidence_line(rule));
        lines.push_back("  admits: " + admits_words(rule));
        if (rule.beyond > 0) {
            lines.push_back(fmt::format("  beyond what was seen: {} of {} pairs of address and service",
                                        rule.beyond, exposure_words(rule)));
        }
        if (const auto note = note_words(rule); !note.empty()) {
            lines.push_back("  note: " + note);
        }
        for (const auto& warning : rule.warnings) {
            lines.push_back("  warning: " + warning);
        }
    }
    for (const auto& line : wildcard_lines(whitelist)) {
        lines.push_back(line);
    }
    const auto unseen = not_seen_lines(whitelist);
    if (!unseen.empty()) {
        lines.emplace_back();
        lines.emplace_back(
            "Configured, not seen yet, and denied: settings name these, and nothing went there.");
    }
    lines.insert(lines.end(), unseen.begin(), unseen.end());
    return lines;
}

std::string comment_of(const model::Rule& rule, std::size_t limit) {
    constexpr std::size_t too_little = 8;
    auto comment = rule.id;
    for (const auto& [before, text] : foreign_words(rule)) {
        if (comment.size() + too_little > limit) {
            break;
        }
        comment += std::string(" ") + before;
        comment += model::for_rule_comment(text, limit - comment.size());
    }
    return comment;
}

} // namespace fwlearn::analyzer
