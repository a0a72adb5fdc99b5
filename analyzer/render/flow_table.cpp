#include "analyzer/render/flow_table.hpp"

#include "flow_words.hpp"
#include "rule_words.hpp"
#include "text_table.hpp"

#include <model/vocabulary.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

std::string destination(const model::FlowKey& key, const model::Identities& identities,
                        std::span<const model::NameBinding> names) {
    if (key.overflow) {
        return "(many)";
    }
    const auto& address = key.destination.address;
    auto text = address.to_string();
    const auto known = model::names_of(key, identities, model::bindings_of(names, address));
    std::string words;
    std::size_t shown = 0;
    for (const auto& name : known) {
        if (++shown > 2) {
            words += fmt::format(" or {} more", known.size() - 2);
            break;
        }
        words += (words.empty() ? "" : " or ") + model::for_terminal(name);
    }
    return words.empty() ? text : words + " (" + text + ")";
}

std::string outcome(const model::Flow& flow) {
    const auto& counts = flow.counts;
    if (flow.key.verdict == model::FlowVerdict::denied) {
        return fmt::format("{} denied ({} packets)", counts.count, counts.packets_out);
    }
    std::string text;
    const auto add = [&text](std::uint64_t count, const char* word) {
        if (count > 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, word);
        }
    };
    add(counts.answered, "answered");
    add(counts.refused, "refused");
    add(counts.unanswered, "unanswered");
    add(counts.count - std::min(counts.count, counts.answered + counts.refused + counts.unanswered), "open");
    if (flow.key.verdict == model::FlowVerdict::shadowed) {
        text += ", shadowed";
    }
    return text;
}

} // namespace

std::string render_flow_table(std::span<const model::Flow> flows, const model::Identities& identities,
                              std::span<const model::NameBinding> names, const TableStyle& style) {
    TextTable table({"!LAST SEEN", "USER", "!SERVICE", "DESTINATION", "+FLOWS", "+TASK", "+PROCESS"});
    for (const auto& flow : flows) {
        table.add({second_words(flow.counts.last_seen), owner_words(flow.key.owner, identities),
                   flow.key.destination.service.to_string(), destination(flow.key, identities, names),
                   outcome(flow), task_words(identities.task(flow.key.task)),
                   sender_words(flow.key, identities)});
    }
    return table.print(style);
}

std::string flow_line(const model::Flow& flow, const model::Identities& identities,
                      std::span<const model::NameBinding> names) {
    const auto& key = flow.key;
    return fmt::format("{} {} to {} by {} ({}) for {}{}", second_words(flow.counts.last_seen),
                       key.destination.service.to_string(), destination(key, identities, names),
                       sender_words(key, identities), owner_words(key.owner, identities),
                       task_words(identities.task(key.task)),
                       key.verdict == model::FlowVerdict::denied     ? ", denied"
                       : key.verdict == model::FlowVerdict::shadowed ? ", shadowed"
                                                                     : "");
}

} // namespace fwlearn::analyzer
