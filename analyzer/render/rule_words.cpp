#include "rule_words.hpp"

#include <model/counted.hpp>
#include <model/vocabulary.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>

namespace fwlearn::analyzer {
namespace {

std::string port_list(const std::vector<model::DetailRange>& ports) {
    std::string text;
    for (std::size_t begin = 0; begin < ports.size();) {
        std::size_t end = begin;
        while (end + 1 < ports.size() && ports[end + 1].first == ports[end].last + 1) {
            ++end;
        }
        const auto first = ports[begin].first;
        const auto last = ports[end].last;
        text += (text.empty() ? "" : ",") + std::to_string(first);
        if (last > first) {
            text += (last == first + 1 ? "," : "-") + std::to_string(last);
        }
        begin = end + 1;
    }
    return text;
}

std::string service_words(const model::Protocol& protocol, const std::vector<model::DetailRange>& details) {
    if (protocol.has_ports()) {
        return protocol.name() + "/" + port_list(details);
    }
    if (!protocol.is_icmp()) {
        return protocol.name();
    }
    std::string text;
    for (const auto& range : details) {
        text += (text.empty() ? "" : ",") + model::Service{protocol, range.first}.to_string();
        text += range.is_single() ? "" : "-" + model::Service{protocol, range.last}.to_string();
    }
    return text;
}

} // namespace

std::string admits_words(const model::Selector& selector) {
    switch (selector.kind) {
    case model::SelectorKind::any:
        return "every process of every user, and the kernel";
    case model::SelectorKind::kernel:
        return "whatever the kernel sends of its own accord";
    case model::SelectorKind::uid:
        return "every process of " + (selector.user.empty() ? "uid " + std::to_string(selector.uid)
                                                            : model::for_terminal(selector.user));
    case model::SelectorKind::unit:
        return "all that runs in " + model::for_terminal(selector.unit);
    }
    return {};
}

std::string selector_words(const std::vector<model::Selector>& selectors) {
    std::string text;
    for (const auto& selector : selectors) {
        text += (text.empty() ? "" : ", ") + selector_words(selector);
    }
    return text;
}

std::string selector_words(const model::Selector& selector) {
    switch (selector.kind) {
    case model::SelectorKind::any:
        return "any user";
    case model::SelectorKind::kernel:
        return "kernel";
    case model::SelectorKind::uid:
        return "uid " + std::to_string(selector.uid);
    case model::SelectorKind::unit:
        return "unit " + model::for_terminal(selector.unit);
    }
    return "unknown";
}

std::string service_words(const model::Rule& rule) {
    return service_words(rule.protocol, rule.details);
}

std::string purpose_words(const model::Rule& rule) {
    std::string text;
    for (const auto kind : rule.purposes) {
        text += (text.empty() ? " (" : ", ") + std::string(model::to_word(kind));
    }
    return text.empty() ? text : text + ")";
}

std::string admits_words(const model::Rule& rule) {
    constexpr std::size_t shown = 3;
    std::string text;
    for (const auto& selector : rule.selectors) {
        text += (text.empty() ? "" : "; ") + admits_words(selector);
    }
    const auto& others = rule.other_tasks;
    for (std::size_t index = 0; index < std::min(shown, others.size()); ++index) {
        text += (index == 0 ? "; of those that did not need it: " : ", ") + task_words(others[index]);
    }
    return others.size() > shown ? text + fmt::format(" and {} more", others.size() - shown) : text;
}

std::uint64_t count_addresses(const model::Rule& rule) {
    std::uint64_t addresses = 0;
    for (const auto& prefix : rule.addresses) {
        const auto sum = addresses + prefix.size();
        addresses = sum < addresses ? std::numeric_limits<std::uint64_t>::max() : sum;
    }
    return addresses;
}

std::vector<std::string> wildcard_lines(const model::Whitelist& whitelist) {
    std::vector<std::string> lines;
    for (const auto& proposal : whitelist.wildcards) {
        lines.push_back(fmt::format(
            "proposal: {} {} reaches {} names below {}: one rule for *.{} could take the "
            "place of {}; its exposure has no bound",
            selector_words(proposal.selectors), service_words(proposal.protocol, proposal.details),
            proposal.names.size(), model::for_rule_comment(proposal.domain),
            model::for_rule_comment(proposal.domain), fmt::join(proposal.rules, ", ")));
    }
    return lines;
}

std::vector<std::string> not_seen_lines(const model::Whitelist& whitelist) {
    // What several settings name is one destination, with the place of each.
    std::map<std::string, std::string> places_of;
    for (const auto& setting : whitelist.not_seen) {
        const auto where =
            setting.address ? setting.address->to_string() : model::for_rule_comment(setting.name);
        auto& places = places_of[fmt::format("{} {} to {}", model::to_word(setting.kind),
                                             setting.service.to_string(), where)];
        places += fmt::format("{}{}:{}", places.empty() ? "" : ", ", model::for_rule_comment(setting.file),
                              setting.line);
    }
    std::vector<std::string> lines;
    lines.reserve(places_of.size());
    for (const auto& [destination, places] : places_of) {
        lines.push_back(fmt::format("{} ({})", destination, places));
    }
    return lines;
}

std::string exposure_words(const model::Rule& rule) {
    return rule.exposure == std::numeric_limits<std::uint64_t>::max() ? ">= 2^64"
                                                                      : std::to_string(rule.exposure);
}

model::ForeignText shown_process(const model::Process& process) {
    const auto& program = process.exe.empty() ? process.comm : process.exe;
    if (process.script.empty()) {
        return program;
    }
    return model::ForeignText(program.raw_bytes() + " " + process.script.raw_bytes());
}

std::vector<std::string> programs_of(const model::Rule& rule) {
    std::vector<std::string> words;
    for (const auto& process : rule.processes) {
        const auto shown = shown_process(process);
        auto word = shown.empty() ? std::string("unknown") : model::for_terminal(shown);
        if (std::find(words.begin(), words.end(), word) == words.end()) {
            words.push_back(std::move(word));
        }
    }
    return words;
}

std::string minute_words(model::Timestamp time) {
    return model::to_rfc3339(time).substr(0, sizeof "2026-11-25T23:00" - 1) + "Z";
}

std::string task_words(const model::Task& task) {
    if (task == model::Task{}) {
        return "unknown";
    }
    if (task.kind == model::TaskKind::kernel) {
        return "kernel";
    }
    return std::string(model::to_word(task.kind)) + " " + model::for_terminal(task.name);
}

std::vector<Word> shown_names(const model::Rule& rule) {
    std::vector<Word> names;
    names.reserve(std::max(rule.by_name.size(), rule.names.size()));
    for (const auto& known : rule.by_name) {
        names.push_back({known.and_below ? "*." : "", known.name});
    }
    if (rule.by_name.empty()) {
        for (const auto& name : rule.names) {
            names.push_back({"", name});
        }
    }
    return names;
}

std::vector<Word> foreign_words(const model::Rule& rule) {
    std::vector<Word> words;
    std::set<model::ForeignText> said;
    const auto add = [&words, &said](const model::ForeignText& text) {
        if (!text.empty() && said.insert(text).second) {
            words.push_back({"", text});
        }
    };
    for (const auto& selector : rule.selectors) {
        add(selector.user);
    }
    for (const auto& task : rule.tasks) {
        add(task.name);
    }
    for (const auto& process : rule.processes) {
        add(shown_process(process));
    }
    auto names = shown_names(rule);
    std::move(names.begin(), names.end(), std::back_inserter(words));
    return words;
}

} // namespace fwlearn::analyzer
