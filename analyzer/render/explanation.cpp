#include "analyzer/render/explanation.hpp"

#include "../admits.hpp"
#include "../breakage.hpp"
#include "../purpose.hpp"
#include "decision_words.hpp"
#include "flow_document.hpp"
#include "rule_document.hpp"
#include "rule_words.hpp"

#include <model/counted.hpp>
#include <model/vocabulary.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

/// What one process was told of one name, from one kind of evidence.
struct Answer {
    std::set<model::Address> addresses;
    std::uint64_t count = 0; ///< bindings: an answer with three addresses counts three times
    std::uint32_t ttl = 0;
    std::set<model::ForeignText> canonical;
    model::Timestamp first_seen = model::Timestamp::max();
    model::Timestamp last_seen = model::Timestamp::min();
};

/// By content, so that the numbers of identities decide no order.
using Asker = std::tuple<model::BindingSource, model::Process>;
using Answers = std::map<model::ForeignText, std::map<Asker, Answer>>;

/// Of the rule's names and of those below its domains, or of the names of a rule's addresses.
Answers answers_of(const model::Record& record, const model::Rule& rule) {
    Answers answers;
    for (const auto& binding : record.names) {
        const bool named =
            std::binary_search(rule.names.begin(), rule.names.end(), binding.name) ||
            std::any_of(rule.by_name.begin(), rule.by_name.end(), [&binding](const auto& known) {
                return known.and_below && is_within_domain(binding.name, known.name);
            });
        const bool reached =
            std::any_of(rule.addresses.begin(), rule.addresses.end(),
                        [&binding](const auto& prefix) { return prefix.contains(binding.address); });
        if (!named || !reached) {
            continue;
        }
        auto& answer = answers[binding.name][{binding.source, record.identities.process(binding.process)}];
        answer.addresses.insert(binding.address);
        answer.count += binding.count;
        answer.ttl = std::max(answer.ttl, binding.ttl);
        answer.first_seen = std::min(answer.first_seen, binding.first_seen);
        answer.last_seen = std::max(answer.last_seen, binding.last_seen);
        if (!binding.canonical.empty()) {
            answer.canonical.insert(binding.canonical);
        }
    }
    return answers;
}

template <typename... Arguments>
void line(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    out += fmt::format(format, std::forward<Arguments>(arguments)...) + "\n";
}

const char* source_words(model::BindingSource source) {
    switch (source) {
    case model::BindingSource::dns_process:
        return "answered to it alone";
    case model::BindingSource::dns_host:
        return "answered to it by a resolver of the host's, which holds for the whole host";
    case model::BindingSource::tls_sni:
        return "in TLS; its own word";
    case model::BindingSource::http_host:
        return "in HTTP; its own word";
    case model::BindingSource::configuration:
        break;
    }
    return "from the host's settings";
}

/// "12 flows on 2 days: 2026-11-23 07:00 (5), 08:00 (1) ... 2026-11-24 07:00 (6)", in UTC.
std::string runs_words(const Breakage& breakage) {
    constexpr std::size_t shown = 6;
    std::set<std::chrono::sys_days> days;
    std::string hours;
    std::size_t count = 0;
    for (const auto& [hour, flows] : breakage.hours) {
        days.insert(std::chrono::floor<std::chrono::days>(hour));
        ++count;
        if (count < shown || count == breakage.hours.size()) {
            const auto text = model::to_rfc3339(model::Timestamp(hour)); // 2026-11-23T07:00:00.000Z
            hours += fmt::format("{}{} {}:00 ({})", hours.empty() ? ": " : ", ", text.substr(0, 10),
                                 text.substr(11, 2), flows);
        } else if (count == shown) {
            hours += " ...";
        }
    }
    return fmt::format("{} on {}{}", model::counted(breakage.flows, "flow"),
                       model::counted(days.size(), "day"), hours);
}

/// What it admits that nothing was seen to ask for.
void add_beyond(std::string& out, const model::Record& record, const model::Rule& rule) {
    constexpr std::size_t shown = 5;
    if (rule.beyond == 0) {
        line(out, "beyond    nothing: each pair was asked for");
        return;
    }
    std::string examples;
    if (const auto unasked = unasked_by(record, rule, shown)) {
        for (const auto& destination : *unasked) {
            examples += fmt::format("{}{} {}", examples.empty() ? ": " : ", ",
                                    destination.address.to_string(), destination.service.to_string());
        }
        examples += rule.beyond > unasked->size() ? ", ..." : "";
    }
    line(out, "beyond    {} of them nothing was seen to ask for{}", rule.beyond, examples);
}

void add_answers(std::string& out, const Answers& answers) {
    for (const auto& [name, askers] : answers) {
        std::set<model::Address> all;
        for (const auto& [asker, answer] : askers) {
            all.insert(answer.addresses.begin(), answer.addresses.end());
        }
        line(out, "\nname      {}: {} so far", model::for_terminal(name),
             model::counted(all.size(), "address", "addresses"));
        for (const auto& [asker, answer] : askers) {
            const auto& [source, process] = asker;
            const auto shown = shown_process(process);
            const bool asked =
                source == model::BindingSource::dns_host || source == model::BindingSource::dns_process;
            line(out, "  {}  {} ({})", asked ? "asked by" : "said by ",
                 shown.empty() ? "unknown" : model::for_terminal(shown), source_words(source));
            line(out, "  when      {} to {}, {}{}", model::to_rfc3339(answer.first_seen),
                 model::to_rfc3339(answer.last_seen), model::counted(answer.count, "time"),
                 asked ? fmt::format(", to be kept for {} s at most", answer.ttl) : std::string());
            for (const auto& canonical : answer.canonical) {
                line(out, "  alias of  {}", model::for_terminal(canonical));
            }
            std::string list;
            for (const auto& address : answer.addresses) {
                list += (list.empty() ? "" : " ") + address.to_string();
            }
            line(out, "  {}   {}", asked ? "answers" : "to     ", list);
        }
    }
}

} // namespace

std::string render_explanation(const model::Record& record, const model::Whitelist& whitelist,
                               const model::Rule& rule) {
    std::string out;
    const auto& evidence = rule.evidence;
    line(out, "rule      {}", rule.id);
    if (const auto note = note_words(rule); !note.empty()) {
        line(out, "note      {}", note);
    }
    for (const auto& selector : rule.selectors) {
        line(out, "who       {}{}{}", selector_words(selector), selector.user.empty() ? "" : " ",
             model::for_terminal(selector.user));
    }
    line(out, "service   {}{}", service_words(rule), purpose_words(rule));
    line(out, "where     {}",
         rule.by_name.empty() ? "these addresses alone" : "what these names stand for, today and later");
    for (const auto& [before, name] : shown_names(rule)) {
        line(out, "            {}{}", before, model::for_terminal(name));
    }
    if (rule.by_name.empty()) {
        for (const auto& prefix : rule.addresses) {
            line(out, "            {}", prefix.to_string());
        }
    }
    line(out, "exposure  {} {} of address and service{}", exposure_words(rule),
         rule.exposure == 1 ? "pair" : "pairs",
         rule.by_name.empty() ? "" : " so far; more as the names move on");
    line(out, "seen      {} on {}, {} to {}: {} answered, {} refused, {} unanswered",
         model::counted(evidence.flows, "flow"), model::counted(evidence.days, "day"),
         model::to_rfc3339(evidence.first_seen), model::to_rfc3339(evidence.last_seen), evidence.answered,
         evidence.refused, evidence.unanswered);
    add_beyond(out, record, rule);
    for (const auto& selector : rule.selectors) {
        line(out, "admits    {}, of whatever task", admits_words(selector));
    }
    for (const auto& task : rule.other_tasks) {
        line(out, "admits    {}, which did not need it", task_words(task));
    }
    const auto breakages = breakage_without(record, whitelist, rule);
    if (breakages.empty()) {
        line(out, "task      nothing breaks without it: other rules admit all that it does");
    }
    for (const auto& [task, breakage] : breakages) {
        line(out, "task      {} breaks without it: {}", task_words(task), runs_words(breakage));
    }
    for (const auto& program : programs_of(rule)) {
        line(out, "process   {}", program);
    }
    for (const auto& warning : rule.warnings) {
        line(out, "warning   {}", warning);
    }
    std::set<std::string> settings; // one line of a file may name a service of two protocols
    for (const auto& setting : record.configured) {
        const auto words = fmt::format("{} {}:{}", model::to_word(setting.kind),
                                       model::for_terminal(setting.file), setting.line);
        if (names_destination_of(setting, rule) && settings.insert(words).second) {
            line(out, "setting   {}", words);
        }
    }
    add_answers(out, answers_of(record, rule));
    return out;
}

std::string explanation_to_json(const model::Record& record, const model::Whitelist& whitelist,
                                const model::Rule& rule) {
    auto document = rule_document(rule, record.identities);
    document["breaks"] = Json::array();
    for (const auto& [task, breakage] : breakage_without(record, whitelist, rule)) {
        Json hours = Json::array();
        for (const auto& [hour, flows] : breakage.hours) {
            hours.push_back({{"hour", model::to_rfc3339(model::Timestamp(hour))}, {"flows", flows}});
        }
        document["breaks"].push_back(
            {{"task", task_document(task)}, {"flows", breakage.flows}, {"hours", std::move(hours)}});
    }
    document["answers"] = Json::array();
    for (const auto& [name, askers] : answers_of(record, rule)) {
        for (const auto& [asker, answer] : askers) {
            const auto& [source, process] = asker;
            Json addresses = Json::array();
            for (const auto& address : answer.addresses) {
                addresses.push_back(address.to_string());
            }
            Json canonical = Json::array();
            for (const auto& alias : answer.canonical) {
                canonical.push_back(alias.raw_bytes());
            }
            document["answers"].push_back({{"name", name.raw_bytes()},
                                           {"source", model::to_word(source)},
                                           {"process", process_document(process, record.identities)},
                                           {"first_seen", model::to_rfc3339(answer.first_seen)},
                                           {"last_seen", model::to_rfc3339(answer.last_seen)},
                                           {"count", answer.count},
                                           {"ttl", answer.ttl},
                                           {"canonical", std::move(canonical)},
                                           {"addresses", std::move(addresses)}});
        }
    }
    return dump(document) + "\n";
}

} // namespace fwlearn::analyzer
