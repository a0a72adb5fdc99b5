#include "sender_names.hpp"

#include "analyzer/name_addresses.hpp"
#include "sort_once.hpp"
#include "wishes.hpp"

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

/// An address that a name of the same sender's and service has stood for is that name's, also where one flow
/// there was not asked for: a rule for it alone would admit nothing more.
void take_in_nameless(std::span<const Need> needs, SenderNames& names) {
    std::vector<std::set<std::uint16_t>> details(names.known.size());
    for (std::size_t index = 0; index < needs.size(); ++index) {
        if (names.of_need[index] != Wish::by_address) {
            details[names.of_need[index]].insert(needs[index].destination.service.detail);
        }
    }
    std::map<std::pair<std::uint16_t, model::Address>, std::uint32_t> admitted;
    for (std::uint32_t name = 0; name < names.known.size(); ++name) {
        for (const auto detail : details[name]) {
            for (const auto& address : names.known[name].addresses) {
                admitted.try_emplace({detail, address}, name);
            }
        }
    }
    for (std::size_t index = 0; index < needs.size(); ++index) {
        const auto& destination = needs[index].destination;
        if (names.of_need[index] != Wish::by_address) {
            continue;
        }
        const auto found = admitted.find({destination.service.detail, destination.address});
        if (found != admitted.end()) {
            names.of_need[index] = found->second;
        }
    }
}

} // namespace

SenderNames names_of_sender(const model::Record& record, const Places& places, std::span<const Need> needs) {
    std::map<model::ForeignText, std::set<model::ProcessId>> processes;
    std::map<model::ForeignText, std::vector<model::Address>> reached;
    std::vector<const model::ForeignText*> name_of(needs.size(), nullptr);
    for (std::size_t index = 0; index < needs.size(); ++index) {
        const auto& key = record.flows[needs[index].flow].key;
        if (const auto* name = places.name_of(key)) {
            name_of[index] = name;
            processes[*name].insert(key.process);
            reached[*name].push_back(key.destination.address);
        }
    }
    SenderNames names{{}, std::vector<std::uint32_t>(needs.size(), Wish::by_address)};
    if (processes.empty()) {
        return names;
    }
    for (const auto& [name, who] : processes) {
        auto known = places.addresses_of(name, who);
        const auto& seen = reached.at(name);
        // That a name answers with them is no reason to let anybody into somebody's own network: its owner
        // may be neither. Where the sender went there by the name they are in `seen`.
        std::erase_if(known.addresses, is_private);
        known.addresses.insert(known.addresses.end(), seen.begin(), seen.end());
        sort_once(known.addresses);
        names.known.push_back(std::move(known));
    }
    for (std::size_t index = 0; index < needs.size(); ++index) {
        if (name_of[index] != nullptr) {
            names.of_need[index] = static_cast<std::uint32_t>(
                std::lower_bound(names.known.begin(), names.known.end(), *name_of[index],
                                 [](const auto& known, const auto& name) { return known.name < name; }) -
                names.known.begin());
        }
    }
    take_in_nameless(needs, names);
    return names;
}

} // namespace fwlearn::analyzer
