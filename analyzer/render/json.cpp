#include "analyzer/render/json.hpp"

#include "decision_words.hpp"
#include "gaps.hpp"
#include "rule_document.hpp"

#include <model/vocabulary.hpp>

namespace fwlearn::analyzer {
namespace {

Json observed_document(const model::Coverage& coverage) {
    Json gaps = Json::array();
    for (const auto& gap : coverage.gaps) {
        gaps.push_back(gap_document(gap));
    }
    return {{"since", time_or_null(coverage.since)},
            {"until", time_or_null(coverage.until)},
            {"gaps", std::move(gaps)},
            {"flows", coverage.flows},
            {"unattributed", coverage.unattributed},
            {"without_owner", coverage.without_owner},
            {"overflowed", coverage.overflowed},
            {"coverage", coverage.summary}};
}

Json existing_document(const model::ExistingDenials& existing) {
    Json denied = Json::array();
    for (const auto& denial : existing.denied) {
        denied.push_back(
            {{"by", denial.by.raw_bytes()},
             {"task", {{"kind", model::to_word(denial.task.kind)}, {"name", denial.task.name.raw_bytes()}}},
             {"program", denial.program.raw_bytes()},
             {"service", denial.destination.service.to_string()},
             {"address", denial.destination.address.to_string()},
             {"flows", denial.flows}});
    }
    return {{"denied", std::move(denied)}, {"cannot_tell", existing.cannot_tell}};
}

Json decision_document(const model::Decision& decision) {
    Json document{{"line", decision.line}, {"action", model::to_word(decision.action)}};
    const auto add = [&document](const char* key, const std::string& value) {
        if (!value.empty()) {
            document[key] = value;
        }
    };
    const auto& scope = decision.scope;
    add("rule", scope.rule);
    add("process", scope.process.raw_bytes());
    add("task", scope.task.raw_bytes());
    add("user", scope.user.raw_bytes());
    add("owner", scope.owner ? std::string(model::to_word(*scope.owner)) : std::string());
    add("unit", scope.unit.raw_bytes());
    add("name", scope.name.raw_bytes());
    add("address", scope.address ? scope.address->to_string() : std::string());
    add("protocol", scope.protocol ? scope.protocol->name() : std::string());
    add("port", scope.ports ? range_words(*scope.ports) : std::string());
    if (scope.icmp) {
        const model::Service service{model::protocol::icmp, scope.icmp->first};
        document["icmp_type"] = service.icmp_type();
        if (scope.icmp->is_single()) {
            document["icmp_code"] = service.icmp_code();
        }
    }
    add("text", decision.text.raw_bytes());
    add("to_address", decision.to_address ? decision.to_address->to_string() : std::string());
    add("to_domain", decision.to_domain.raw_bytes());
    add("to_port", decision.to_ports ? range_words(*decision.to_ports) : std::string());
    return document;
}

} // namespace

std::string render_json(const model::Whitelist& whitelist) {
    Json document{{"schema", 1},
                  {"observed", observed_document(whitelist.coverage)},
                  {"rules", Json::array()},
                  {"left_out", Json::array()},
                  {"not_seen", Json::array()},
                  {"wildcards", Json::array()},
                  {"unmatched", Json::array()}};
    for (const auto& rule : whitelist.rules) {
        document["rules"].push_back(rule_document(rule, whitelist.identities));
    }
    for (const auto& left_out : whitelist.left_out) {
        document["left_out"].push_back(
            {{"flow", flow_document(left_out.flow, whitelist.identities, {})}, {"reason", left_out.reason}});
    }
    for (const auto& setting : whitelist.not_seen) {
        document["not_seen"].push_back(
            {{"kind", model::to_word(setting.kind)},
             {"file", setting.file.raw_bytes()},
             {"line", setting.line},
             {"name", setting.name.raw_bytes()},
             {"address", setting.address ? Json(setting.address->to_string()) : Json(nullptr)},
             {"protocol", setting.service.protocol.name()},
             {"port", setting.service.detail}});
    }
    for (const auto& proposal : whitelist.wildcards) {
        Json names = Json::array();
        for (const auto& name : proposal.names) {
            names.push_back(name.raw_bytes());
        }
        document["wildcards"].push_back({{"domain", proposal.domain.raw_bytes()},
                                         {"names", std::move(names)},
                                         {"rules", proposal.rules}});
    }
    for (const auto& decision : whitelist.unmatched) {
        document["unmatched"].push_back(decision_document(decision));
    }
    if (whitelist.existing) {
        document["existing"] = existing_document(*whitelist.existing);
    }
    return dump(document, 2) + "\n";
}

} // namespace fwlearn::analyzer
