#include "analyzer/render/questions.hpp"

#include "decision_words.hpp"
#include "rule_words.hpp"
#include "text_table.hpp"

#include <model/counted.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

/// Lines of a heading and a fact, no longer than the terminal is wide.
class Lines {
  public:
    explicit Lines(const TableStyle& style) : style_(style) {}

    void add(const char* heading, const std::string& fact) {
        text_ += cut(fmt::format("  {:<9} {}", heading, fact)) + "\n";
    }

    void add_warning(const std::string& fact) {
        // What may not be missed is not cut but goes on in the next line.
        constexpr std::size_t indent = 12;
        const auto width = std::max<std::size_t>(style_.width, 40) - indent;
        for (std::size_t begin = 0; begin < fact.size() || begin == 0; begin += width) {
            text_ += fmt::format("  {:<9} ", begin == 0 ? "warning" : "") +
                     warning(fact.substr(begin, width), style_) + "\n";
        }
    }

    /// As many as one screen bears, each on a line of its own.
    void add_list(const char* heading, const std::vector<std::string>& facts) {
        constexpr std::size_t most = 5;
        for (std::size_t index = 0; index < std::min(most, facts.size()); ++index) {
            add(index == 0 ? heading : "", facts[index]);
        }
        if (facts.size() > most) {
            add("", fmt::format("and {} more", facts.size() - most));
        }
    }

    [[nodiscard]] std::string text() const { return text_; }

  private:
    [[nodiscard]] std::string cut(std::string line) const {
        const auto width = std::max<std::size_t>(style_.width, 40);
        if (line.size() > width) {
            line.resize(width - 3);
            line += "...";
        }
        return line;
    }

    TableStyle style_;
    std::string text_;
};

std::vector<std::string> places_of(const model::Rule& rule) {
    std::vector<std::string> places;
    for (const auto& known : rule.by_name) {
        places.push_back(fmt::format("{}{} ({} so far)", known.and_below ? "*." : "",
                                     model::for_terminal(known.name),
                                     model::counted(known.addresses.size(), "address", "addresses")));
    }
    if (rule.by_name.empty()) {
        for (const auto& prefix : rule.addresses) {
            places.push_back(prefix.to_string());
        }
        for (const auto& name : rule.names) {
            places.push_back("known as " + model::for_terminal(name));
        }
    }
    return places;
}

std::string day_of(model::Timestamp time) {
    constexpr std::size_t date = 10;
    return model::to_rfc3339(time).substr(0, date);
}

std::string place_of(const model::DecisionScope& scope) {
    auto text = scope.protocol ? scope.protocol->name() : std::string();
    text += scope.ports ? "/" + range_words(*scope.ports) : std::string();
    text += scope.icmp ? "/" + icmp_words(*scope.icmp) : std::string();
    text += " to " + (scope.address ? scope.address->to_string() : model::for_terminal(scope.name));
    if (scope.owner) {
        text += *scope.owner == model::OwnerKind::kernel ? " by the kernel" : " by whoever it was";
    }
    return scope.user.empty() ? text : text + " by uid " + model::for_terminal(scope.user);
}

} // namespace

std::string render_question(const model::Rule& rule, const TableStyle& style) {
    Lines lines(style);
    if (const auto note = note_words(rule); !note.empty()) {
        lines.add("note", note);
    }
    std::vector<std::string> who;
    for (const auto& selector : rule.selectors) {
        who.push_back(selector_words(selector) +
                      (selector.user.empty() ? "" : " " + model::for_terminal(selector.user)));
    }
    lines.add_list("who", who);
    lines.add("service", service_words(rule) + purpose_words(rule));
    lines.add_list("where", places_of(rule));
    const auto& evidence = rule.evidence;
    lines.add("seen", fmt::format("{} on {}, {} to {}; {} answered", model::counted(evidence.flows, "flow"),
                                  model::counted(evidence.days, "day"), day_of(evidence.first_seen),
                                  day_of(evidence.last_seen), evidence.answered));
    lines.add("exposure", fmt::format("{} pairs of address and service, {} of them beyond what was seen",
                                      exposure_words(rule), rule.beyond));
    std::vector<std::string> tasks;
    for (const auto& task : rule.tasks) {
        tasks.push_back(task_words(task));
    }
    lines.add_list("task", tasks);
    lines.add_list("process", programs_of(rule));
    if (!rule.other_tasks.empty()) {
        std::vector<std::string> others;
        for (const auto& task : rule.other_tasks) {
            others.push_back(task_words(task));
        }
        lines.add_list("admits", others);
    }
    for (const auto& words : rule.warnings) {
        lines.add_warning(words);
    }
    return lines.text();
}

std::string render_question(const OpenQuestion& question, const TableStyle& style) {
    Lines lines(style);
    lines.add_warning(question.reason);
    lines.add("process", question.program.empty() ? "unknown" : model::for_terminal(question.program));
    lines.add("seen", fmt::format("{}, {} to {}", model::counted(question.flows, "flow"),
                                  day_of(question.first_seen), day_of(question.last_seen)));
    std::vector<std::string> places;
    places.reserve(question.scopes.size());
    for (const auto& scope : question.scopes) {
        places.push_back(place_of(scope));
    }
    lines.add_list("where", places);
    return lines.text();
}

} // namespace fwlearn::analyzer
