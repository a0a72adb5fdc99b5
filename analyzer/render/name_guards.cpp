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

std::string declaration(bool and_private, model::Family family) {
    std::string elements;
    for (const auto& prefix : no_names_addresses(family, and_private)) {
        elements += (elements.empty() ? "\t\t\t" : ",\n\t\t\t") + prefix.to_string();
    }
    return fmt::format("\n\tset {} {{\n\t\ttype {}\n\t\tflags interval\n\t\telements = {{\n{} }}\n\t}}\n",
                       name_of(and_private, family),
                       family == model::Family::ipv4 ? "ipv4_addr" : "ipv6_addr", elements);
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

std::string NameGuards::sets() const {
    std::string text;
    for (const bool and_private : {false, true}) {
        if (and_private ? names_.size() > with_private_.size() : !with_private_.empty()) {
            text += declaration(and_private, model::Family::ipv4);
            text += declaration(and_private, model::Family::ipv6);
        }
    }
    return text;
}

std::string NameGuards::set_for(const model::NamedAddresses& known, model::Family family) const {
    return name_of(!with_private_.contains(known.name), family);
}

} // namespace fwlearn::analyzer
