#include "analyzer/render/audit.hpp"

#include "flow_document.hpp"
#include "flow_words.hpp"
#include "rule_words.hpp"
#include "text_table.hpp"

#include <model/counted.hpp>
#include <model/vocabulary.hpp>

#include <fmt/format.h>

#include <set>

namespace fwlearn::analyzer {
namespace {

std::string destination_words(const Finding& finding) {
    const auto& key = finding.flow.key;
    if (key.overflow) {
        return "(many)";
    }
    auto address = key.destination.address.to_string();
    if (finding.name.empty()) {
        return address;
    }
    return finding.addresses.size() == 1 ? fmt::format("{} ({})", model::for_terminal(finding.name), address)
                                         : fmt::format("{} ({} addresses)", model::for_terminal(finding.name),
                                                       finding.addresses.size());
}

std::string shown_verdict(const Finding& finding) {
    return finding.verdict == model::FlowVerdict::shadowed ? "shadowed" : verdict_word(finding);
}

/// With "failed" where a run of it did when this was denied.
std::string short_task(const Finding& finding, const model::Identities& identities) {
    return task_words(identities.task(finding.flow.key.task)) + (finding.failed_run ? ", failed" : "");
}

std::string nearest_words(const Finding& finding) {
    return finding.nearest_rule.empty() ? finding.why : finding.nearest_rule + ": " + finding.why;
}

std::string decision_words(const Finding& finding) {
    if (!finding.decision) {
        return "-";
    }
    std::string text(model::to_word(finding.decision->action));
    return finding.decision->text.empty() ? text : text + ": " + model::for_terminal(finding.decision->text);
}

} // namespace

const char* verdict_word(const Finding& finding) {
    return finding.denied() ? "denied" : "unexplained";
}

std::string render_findings(std::span<const Finding> findings, const model::Record& record,
                            const TableStyle& style) {
    TextTable table({"!VERDICT", "!LAST SEEN", "USER", "!SERVICE", "DESTINATION", "FLOWS", "PACKETS", "+TASK",
                     "+PROCESS", "+NEAREST RULE", "+DECISION"});
    const auto& identities = record.identities;
    for (const auto& finding : findings) {
        const auto& [key, counts] = std::tie(finding.flow.key, finding.flow.counts);
        table.add({shown_verdict(finding), second_words(counts.last_seen), owner_words(key.owner, identities),
                   key.destination.service.to_string(), destination_words(finding),
                   std::to_string(counts.count), std::to_string(counts.packets_out),
                   short_task(finding, identities), sender_words(key, identities), nearest_words(finding),
                   decision_words(finding)});
    }
    return table.print(style);
}

std::string audit_words(const Audit& audit) {
    std::set<model::TaskId> failed;
    for (const auto& finding : audit.findings) {
        if (finding.failed_run) {
            failed.insert(finding.flow.key.task);
        }
    }
    return fmt::format("{}: {} denied ({}), {} unexplained; {} explained{}",
                       model::counted(audit.findings.size(), "finding"), model::counted(audit.denied, "flow"),
                       model::counted(audit.denied_packets, "packet"),
                       model::counted(audit.unexplained, "flow"), model::counted(audit.explained, "flow"),
                       failed.empty() ? std::string()
                                      : fmt::format("; {} failed when it was denied something",
                                                    model::counted(failed.size(), "task")));
}

std::string finding_to_json(const Finding& finding, const model::Record& record,
                            const std::string& decision) {
    auto document = flow_document(finding.flow, record.identities,
                                  model::bindings_of(record.names, finding.flow.key.destination.address));
    document["verdict"] = verdict_word(finding);
    document["shadowed"] = finding.verdict == model::FlowVerdict::shadowed;
    document["packets"] = finding.flow.counts.packets_out;
    document["name"] = finding.name.raw_bytes();
    document["addresses"] = Json::array();
    for (const auto& address : finding.addresses) {
        document["addresses"].push_back(address.to_string());
    }
    document["nearest_rule"] = finding.nearest_rule.empty() ? Json(nullptr) : Json(finding.nearest_rule);
    document["why"] = finding.why;
    document["failed_run"] =
        finding.failed_run ? Json(model::to_rfc3339(*finding.failed_run)) : Json(nullptr);
    document["decision"] = decision.empty() ? Json(nullptr) : Json(decision);
    return dump(document);
}

std::string finding_words(const Finding& finding, const model::Identities& identities) {
    const auto& key = finding.flow.key;
    return fmt::format(
        "{}: {} to {} by {} ({}) for {}{}, {}", shown_verdict(finding), key.destination.service.to_string(),
        destination_words(finding), sender_words(key, identities), owner_words(key.owner, identities),
        task_words(identities.task(key.task)),
        finding.failed_run ? " (its run of " + second_words(*finding.failed_run) + " failed)" : "",
        model::counted(finding.flow.counts.count, "time"));
}

std::string finding_line(const Finding& finding, const model::Identities& identities) {
    const auto* const rule = finding.nearest_rule.empty() ? "" : "rule ";
    return finding_words(finding, identities) + "; " + rule + nearest_words(finding);
}

std::string render_question(const Finding& finding, const model::Identities& identities,
                            const TableStyle& style) {
    const auto& [key, counts] = std::tie(finding.flow.key, finding.flow.counts);
    std::string text;
    const auto add = [&](const char* heading, const std::string& fact) {
        auto line = fmt::format("  {:<9} {}", heading, fact);
        const auto width = std::max(style.width, 40U);
        if (line.size() > width) {
            line.resize(width - 3);
            line += "...";
        }
        text += line + "\n";
    };
    add("verdict", shown_verdict(finding));
    add("who", owner_words(key.owner, identities));
    add("service", key.destination.service.to_string());
    add("where", destination_words(finding));
    add("seen", fmt::format("{}, {}, {} to {}", model::counted(counts.count, "flow"),
                            model::counted(counts.packets_out, "packet"), second_words(counts.first_seen),
                            second_words(counts.last_seen)));
    add("task", task_words(identities.task(key.task)));
    if (finding.failed_run) {
        add("failed", "its run of " + second_words(*finding.failed_run));
    }
    add("process", sender_words(key, identities));
    add("nearest", nearest_words(finding));
    add("proposal", decision_words(finding));
    return text;
}

} // namespace fwlearn::analyzer
