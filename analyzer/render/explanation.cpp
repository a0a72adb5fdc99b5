#include "analyzer/render/explanation.hpp"

#include "../purpose.hpp"
#include "flow_document.hpp"
#include "rule_document.hpp"
#include "rule_words.hpp"

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

/// Of the rule's names, or of the names of a rule's addresses.
Answers answers_of(const model::Record& record, const model::Rule& rule) {
    Answers answers;
    for (const auto& binding : record.names) {
        const bool named = std::binary_search(rule.names.begin(), rule.names.end(), binding.name);
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

void add_answers(std::string& out, const Answers& answers) {
    for (const auto& [name, askers] : answers) {
        std::set<model::Address> all;
        for (const auto& [asker, answer] : askers) {
            all.insert(answer.addresses.begin(), answer.addresses.end());
        }
        line(out, "\nname      {}: {} so far", model::for_terminal(name),
             counted(all.size(), "address", "addresses"));
        for (const auto& [asker, answer] : askers) {
            const auto& [source, process] = asker;
            const auto shown = shown_process(process);
            const bool asked =
                source == model::BindingSource::dns_host || source == model::BindingSource::dns_process;
            line(out, "  {}  {} ({})", asked ? "asked by" : "said by ",
                 shown.empty() ? "unknown" : model::for_terminal(shown), source_words(source));
            line(out, "  when      {} to {}, {}{}", model::to_rfc3339(answer.first_seen),
                 model::to_rfc3339(answer.last_seen), counted(answer.count, "time", "times"),
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

std::string render_explanation(const model::Record& record, const model::Rule& rule) {
    std::string out;
    const auto& evidence = rule.evidence;
    line(out, "rule      {}", rule.id);
    line(out, "who       {}{}{}", selector_words(rule.selector), rule.user.empty() ? "" : " ",
         model::for_terminal(rule.user));
    line(out, "service   {}{}", service_words(rule), purpose_words(rule));
    line(out, "where     {}",
         rule.by_name.empty() ? "these addresses alone" : "what these names stand for, today and later");
    for (const auto& name : rule.names) {
        line(out, "            {}", model::for_terminal(name));
    }
    if (rule.by_name.empty()) {
        for (const auto& prefix : rule.addresses) {
            line(out, "            {}", prefix.to_string());
        }
    }
    line(out, "exposure  {} pairs of address and service{}", rule.exposure,
         rule.by_name.empty() ? "" : " so far; more as the names move on");
    line(out, "seen      {} flows on {} days, {} to {}: {} answered, {} refused, {} unanswered",
         evidence.flows, evidence.days, model::to_rfc3339(evidence.first_seen),
         model::to_rfc3339(evidence.last_seen), evidence.answered, evidence.refused, evidence.unanswered);
    for (const auto& task : rule.tasks) {
        line(out, "task      {} breaks without it", task_words(task));
    }
    for (const auto& process : rule.processes) {
        const auto shown = shown_process(process);
        line(out, "process   {}", shown.empty() ? "unknown" : model::for_terminal(shown));
    }
    for (const auto& warning : rule.warnings) {
        line(out, "warning   {}", warning);
    }
    for (const auto& setting : record.configured) {
        if (names_destination_of(setting, rule)) {
            line(out, "setting   {} {}:{}", model::to_word(setting.kind), model::for_terminal(setting.file),
                 setting.line);
        }
    }
    add_answers(out, answers_of(record, rule));
    return out;
}

std::string explanation_to_json(const model::Record& record, const model::Rule& rule) {
    auto document = rule_document(rule, record.identities);
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
