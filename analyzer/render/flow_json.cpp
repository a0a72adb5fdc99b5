#include "analyzer/render/flow_json.hpp"

#include "flow_document.hpp"

#include <model/vocabulary.hpp>

#include <algorithm>
#include <map>

namespace fwlearn::analyzer {
namespace {

Json number_or_null(bool known, std::uint32_t number) {
    return known ? Json(number) : Json(nullptr);
}

Json owner_document(const model::SocketOwner& owner, const model::Identities& identities) {
    const bool user = owner.kind == model::OwnerKind::user;
    return {{"kind", model::to_word(owner.kind)},
            {"uid", number_or_null(user, owner.uid)},
            {"gid", number_or_null(user && owner.gid != model::no_gid, owner.gid)},
            {"user", user ? identities.user(owner.uid).raw_bytes() : std::string()}};
}

/// Of each name by which the destination may have been known the best evidence; what holds for the whole host
/// before what holds for the process alone.
std::map<model::ForeignText, model::BindingSource> evidence_of(const model::FlowKey& key,
                                                               const model::Identities& identities,
                                                               std::span<const model::NameBinding> names) {
    if (key.name != model::NameId::unknown) {
        return {{identities.name(key.name), key.name_source}};
    }
    const auto rank = [](model::BindingSource source) {
        return std::pair(source == model::BindingSource::dns_host, source);
    };
    std::map<model::ForeignText, model::BindingSource> evidence;
    for (const auto& binding : names) {
        if (binding.holds_for(key.process)) {
            auto& best = evidence.try_emplace(binding.name, binding.source).first->second;
            best = std::max(best, binding.source,
                            [&rank](auto one, auto other) { return rank(one) < rank(other); });
        }
    }
    return evidence;
}

} // namespace

Json process_document(const model::Process& process, const model::Identities& identities) {
    Json ancestors = Json::array();
    for (const auto& ancestor : process.ancestors) {
        ancestors.push_back(ancestor.raw_bytes());
    }
    return {{"exe", process.exe.raw_bytes()},
            {"comm", process.comm.raw_bytes()},
            {"uid", number_or_null(process.uid.has_value(), process.uid.value_or(0))},
            {"user", process.uid ? identities.user(*process.uid).raw_bytes() : std::string()},
            {"unit", process.unit.raw_bytes()},
            {"cgroup", process.cgroup.raw_bytes()},
            {"cmdline", process.cmdline.raw_bytes()},
            {"script", process.script.raw_bytes()},
            {"ancestors", std::move(ancestors)},
            {"deleted", process.deleted},
            {"in_memory", process.in_memory},
            {"contained", process.contained}};
}

Json task_document(const model::Task& task) {
    return {{"kind", model::to_word(task.kind)}, {"name", task.name.raw_bytes()}};
}

Json flow_document(const model::Flow& flow, const model::Identities& identities,
                   std::span<const model::NameBinding> names) {
    const auto& key = flow.key;
    const auto& counts = flow.counts;
    const auto& process = identities.process(key.process);
    auto process_part = process_document(process, identities);
    // Whose process it was is told by its socket where nothing better is known.
    if (!process.uid && key.owner.kind == model::OwnerKind::user) {
        process_part["uid"] = key.owner.uid;
        process_part["user"] = identities.user(key.owner.uid).raw_bytes();
    }
    Json document{{"first_seen", model::to_rfc3339(counts.first_seen)},
                  {"last_seen", model::to_rfc3339(counts.last_seen)},
                  {"count", counts.count},
                  {"process", std::move(process_part)},
                  {"creator", key.creator == model::ProcessId::unknown
                                  ? Json(nullptr)
                                  : process_document(identities.process(key.creator), identities)},
                  {"task", task_document(identities.task(key.task))},
                  {"attribution", model::to_word(key.attribution)},
                  {"protocol", key.destination.service.protocol.name()},
                  {"address", key.destination.address.to_string()}};
    const auto& service = key.destination.service;
    if (service.protocol.is_icmp()) {
        document["icmp_type"] = service.icmp_type();
        document["icmp_code"] = service.icmp_code();
    } else {
        document["port"] = service.protocol.has_ports() ? Json(service.detail) : Json(nullptr);
    }
    document["names"] = Json::array();
    Json evidence = Json::array();
    for (const auto& [name, source] : evidence_of(key, identities, names)) {
        document["names"].push_back(name.raw_bytes());
        evidence.push_back(model::to_word(source));
    }
    document["name_source"] =
        key.name == model::NameId::unknown ? Json(nullptr) : Json(model::to_word(key.name_source));
    document["name_evidence"] = std::move(evidence);
    document["replied"] = counts.answered > 0;
    document["bytes_out"] = counts.bytes_out;
    document["bytes_in"] = counts.bytes_in;
    document["packets_out"] = counts.packets_out;
    document["packets_in"] = counts.packets_in;
    document["answered"] = counts.answered;
    document["refused"] = counts.refused;
    document["unanswered"] = counts.unanswered;
    document["already_open"] = counts.already_open;
    document["overflow"] = key.overflow;
    document["verdict"] = model::to_word(key.verdict);
    document["owner"] = owner_document(key.owner, identities);
    document["interface"] = identities.interface(key.interface).raw_bytes();
    return document;
}

Json time_or_null(const std::optional<model::Timestamp>& time) {
    return time ? Json(model::to_rfc3339(*time)) : Json(nullptr);
}

std::string dump(const Json& document, int indent) {
    return document.dump(indent, ' ', true, Json::error_handler_t::replace);
}

std::string flow_to_json(const model::Flow& flow, const model::Identities& identities,
                         std::span<const model::NameBinding> names) {
    return dump(flow_document(flow, identities, names));
}

} // namespace fwlearn::analyzer
