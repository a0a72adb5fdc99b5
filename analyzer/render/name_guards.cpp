#include "name_guards.hpp"

#include "analyzer/name_addresses.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

std::string name_of(bool and_private, model::Family family) {
    return fmt::format("{}_{}", and_private ? "not_by_public_name" : "not_by_name",
                       family == model::Family::ipv4 ? 4 : 6);
}

} // namespace

NameGuards::NameGuards(const model::Whitelist& whitelist) {
    for (const auto& rule : whitelist.rules) {
        for (const auto& known : rule.by_name) {
            names_.insert(known.name);
            if (std::any_of(known.addresses.begin(), known.addresses.end(), is_private)) {
                with_private_.insert(known.name);
            }
        }
    }
}

std::vector<NameGuards::Guard> NameGuards::guards() const {
    std::vector<Guard> list;
    for (const bool and_private : {false, true}) {
        if (and_private ? names_.size() > with_private_.size() : !with_private_.empty()) {
            for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
                list.push_back(
                    {name_of(and_private, family), family, no_names_addresses(family, and_private)});
            }
        }
    }
    return list;
}

std::string NameGuards::set_for(const model::NamedAddresses& known, model::Family family) const {
    return name_of(!with_private_.contains(known.name), family);
}

} // namespace fwlearn::analyzer
