#include "places.hpp"

#include "analyzer/name_addresses.hpp"
#include "proven_names.hpp"

#include <model/host_name.hpp>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

/// A set's comment, which keeps the name for those who fill the set, has 128 octets with its NUL.
constexpr std::size_t longest_name = 127;

bool can_be_ruled(const model::ForeignText& name) {
    const auto& bytes = name.raw_bytes();
    return bytes.size() <= longest_name && model::host_name(bytes) == bytes;
}

/// A process's own answer before the host's.
int rank(const model::NameBinding& binding, model::ProcessId process) {
    return process != model::ProcessId::unknown && binding.process == process ? 2 : 1;
}

} // namespace

Places::Places(const model::Record& record) : record_(record) {
    for (const auto& binding : record.names) {
        if (is_answer(binding.source)) {
            by_name_[binding.name].push_back(&binding);
        }
    }
    for (const auto& setting : record.configured) {
        if (setting.kind == model::ConfiguredKind::static_name && setting.address && !setting.name.empty()) {
            static_names_[*setting.address].push_back(setting.name);
        }
    }
}

const model::ForeignText* Places::name_of(const model::FlowKey& key) const {
    if (why_no_names_address(key.destination.address) != nullptr) {
        return nullptr;
    }
    if (key.name != model::NameId::unknown) {
        const auto& own = record_.identities.name(key.name);
        return is_proven(key, record_.identities, record_.names) && can_be_ruled(own) ? &own : nullptr;
    }
    const model::ForeignText* best = nullptr;
    int best_rank = 0;
    for (const auto& binding : model::bindings_of(record_.names, key.destination.address)) {
        if (!is_answer(binding.source) || !binding.holds_for(key.process)) {
            continue;
        }
        const int its_rank = rank(binding, key.process);
        if (its_rank > best_rank) {
            best = &binding.name;
            best_rank = its_rank;
        } else if (its_rank == best_rank && best != nullptr && *best != binding.name) {
            best = nullptr; // one of several, and nobody knows which
        }
    }
    return best != nullptr && can_be_ruled(*best) ? best : nullptr;
}

model::NamedAddresses Places::addresses_of(const model::ForeignText& name,
                                           const std::set<model::ProcessId>& processes) const {
    model::NamedAddresses result{name, {}, 0};
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) {
        return result;
    }
    for (const auto* binding : found->second) {
        const bool holds =
            binding->source == model::BindingSource::dns_host ||
            (binding->process != model::ProcessId::unknown && processes.contains(binding->process));
        if (holds && why_no_names_address(binding->address) == nullptr) {
            result.addresses.push_back(binding->address);
            result.ttl = std::max(result.ttl, binding->ttl);
        }
    }
    std::sort(result.addresses.begin(), result.addresses.end());
    result.addresses.erase(std::unique(result.addresses.begin(), result.addresses.end()),
                           result.addresses.end());
    return result;
}

std::set<model::ForeignText> Places::labels_of(const model::Address& address,
                                               const std::set<model::ProcessId>& processes) const {
    std::set<model::ForeignText> names;
    for (const auto& binding : model::bindings_of(record_.names, address)) {
        const bool holds =
            binding.holds_for(model::ProcessId::unknown) ||
            (binding.process != model::ProcessId::unknown && processes.contains(binding.process));
        if (holds) {
            names.insert(binding.name);
        }
    }
    if (const auto found = static_names_.find(address); found != static_names_.end()) {
        names.insert(found->second.begin(), found->second.end());
    }
    return names;
}

model::ForeignText Places::asked_by_others(const model::ForeignText& name,
                                           const std::set<std::uint32_t>& users) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) {
        return {};
    }
    model::ForeignText other;
    for (const auto* binding : found->second) {
        const auto& asker = record_.identities.process(binding->process);
        if (asker.uid && users.contains(*asker.uid)) {
            return {};
        }
        other = asker.known() ? asker.exe : other;
    }
    return other;
}

std::set<model::ForeignText> Places::all_names_of(const model::Address& address) const {
    std::set<model::ForeignText> names;
    for (const auto& binding : model::bindings_of(record_.names, address)) {
        if (is_answer(binding.source)) {
            names.insert(binding.name);
        }
    }
    return names;
}

} // namespace fwlearn::analyzer
