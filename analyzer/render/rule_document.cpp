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
    Json selectors = Json::array();
    for (const auto& selector : rule.selectors) {
        Json document{{"kind", model::to_word(selector.kind)},
                      {"value", selector_value(selector)},
                      {"user", selector.user.raw_bytes()}};
        if (selector.kind == model::SelectorKind::unit) {
            document["cgroup"] = selector.cgroup.raw_bytes();
        }
        selectors.push_back(std::move(document));
    }
    Json document{{"id", rule.id},
                  {"title", rule.title.raw_bytes()},
                  {"comment", rule.comment.raw_bytes()},
                  {"selector", selectors.front()},
                  {"selectors", std::move(selectors)},
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
        for (const auto& range : rule.details) {
            const model::Service service{rule.protocol, range.first};
            document["icmp"].push_back({{"type", service.icmp_type()}, {"code", service.icmp_code()}});
        }
    } else {
        document["ports"] = Json::array();
        for (const auto& range : rule.details) {
            if (rule.protocol.has_ports()) {
                document["ports"].push_back(
                    range.is_single() ? Json(range.first)
                                      : Json(std::to_string(range.first) + "-" + std::to_string(range.last)));
            }
        }
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
    for (const auto& known : rule.by_name) {
        Json addresses = Json::array();
        for (const auto& address : known.addresses) {
            addresses.push_back(address.to_string());
        }
        document["by_name"].push_back({{"name", known.name.raw_bytes()},
                                       {"and_below", known.and_below},
                                       {"addresses", std::move(addresses)},
                                       {"ttl", known.ttl}});
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
    document["beyond"] = rule.beyond;
    document["other_tasks"] = Json::array();
    for (const auto& task : rule.other_tasks) {
        document["other_tasks"].push_back(task_document(task));
    }
    document["flags"] = Json::array();
    for (const auto flag : rule.flags) {
        document["flags"].push_back(model::to_word(flag));
    }
    document["warnings"] = rule.warnings;
    return document;
}

} // namespace fwlearn::analyzer
