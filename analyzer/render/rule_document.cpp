#include "rule_document.hpp"

#include <model/vocabulary.hpp>

namespace fwlearn::analyzer {
namespace {

std::string selector_value(const model::Selector& selector) {
    switch (selector.kind) {
    case model::SelectorKind::uid:
        return std::to_string(selector.uid);
    case model::SelectorKind::unit:
        return selector.unit.raw_bytes();
    case model::SelectorKind::any:
    case model::SelectorKind::kernel:
        break;
    }
    return {};
}

} // namespace

Json rule_document(const model::Rule& rule, const model::Identities& identities) {
    Json document{{"id", rule.id},
                  {"selector",
                   {{"kind", model::to_word(rule.selector.kind)},
                    {"value", selector_value(rule.selector)},
                    {"user", rule.user.raw_bytes()}}},
                  {"processes", Json::array()},
                  {"tasks", Json::array()},
                  {"protocol", rule.protocol.name()}};
    for (const auto& process : rule.processes) {
        if (process.known()) {
            document["processes"].push_back(process_document(process, identities));
        }
    }
    for (const auto& task : rule.tasks) {
        if (task != model::Task{}) {
            document["tasks"].push_back(task_document(task));
        }
    }
    if (rule.protocol.is_icmp()) {
        document["icmp"] = Json::array();
        for (const auto detail : rule.details) {
            const model::Service service{rule.protocol, detail};
            document["icmp"].push_back({{"type", service.icmp_type()}, {"code", service.icmp_code()}});
        }
    } else {
        document["ports"] = rule.protocol.has_ports() ? Json(rule.details) : Json::array();
    }
    document["addresses"] = Json::array();
    for (const auto& prefix : rule.addresses) {
        document["addresses"].push_back(prefix.to_string());
    }
    document["names"] = Json::array();
    for (const auto& name : rule.names) {
        document["names"].push_back(name.raw_bytes());
    }
    document["by_name"] = Json::array();
    for (const auto& [name, addresses, ttl] : rule.by_name) {
        Json known = Json::array();
        for (const auto& address : addresses) {
            known.push_back(address.to_string());
        }
        document["by_name"].push_back(
            {{"name", name.raw_bytes()}, {"addresses", std::move(known)}, {"ttl", ttl}});
    }
    document["purposes"] = Json::array();
    for (const auto purpose : rule.purposes) {
        document["purposes"].push_back(model::to_word(purpose));
    }
    document["evidence"] = {{"flows", rule.evidence.flows},
                            {"days", rule.evidence.days},
                            {"first_seen", model::to_rfc3339(rule.evidence.first_seen)},
                            {"last_seen", model::to_rfc3339(rule.evidence.last_seen)},
                            {"answered", rule.evidence.answered},
                            {"refused", rule.evidence.refused},
                            {"unanswered", rule.evidence.unanswered}};
    document["exposure"] = rule.exposure;
    document["warnings"] = rule.warnings;
    return document;
}

} // namespace fwlearn::analyzer
