#include "import/locals.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <algorithm>

namespace fwlearn::import {

Locals Locals::parse(std::span<const std::string> words) {
    std::vector<model::Prefix> prefixes;
    for (const auto& word : words) {
        const auto prefix = model::Prefix::parse(word);
        if (!prefix) {
            throw model::UsageError(
                "--local " + model::for_terminal(model::ForeignText(word)) +
                ": not an address, and not a network such as 192.0.2.0/24 or 2001:db8::/32");
        }
        prefixes.push_back(*prefix);
    }
    return Locals(std::move(prefixes));
}

bool Locals::contains(const model::Address& address) const {
    return std::any_of(prefixes_.begin(), prefixes_.end(),
                       [&address](const model::Prefix& prefix) { return prefix.contains(address); });
}

} // namespace fwlearn::import
