#include "name_share.hpp"

#include <analyzer/name_addresses.hpp>

#include <algorithm>
#include <iterator>

namespace fwlearn::cli {

const char* why_left_out(const model::Address& address, bool private_too) {
    if (const char* why = analyzer::why_no_names_address(address)) {
        return why;
    }
    return !private_too && analyzer::is_private(address)
               ? "a private address, and the name has stood for public ones alone"
               : nullptr;
}

namespace {

/// How many addresses a look-up may add to the set.
std::size_t room_in(const firewall::NameSet& set) {
    return std::min(most_new, most_in_a_set - std::min(most_in_a_set, set.elements.size()));
}

} // namespace

NameShare share_of(const firewall::NameSet& set, const std::vector<model::Address>& answered,
                   bool private_too) {
    NameShare share;
    const auto room = room_in(set);
    std::size_t added = 0;
    for (const auto& address : answered) {
        if (const char* why = why_left_out(address, private_too)) {
            share.left_out = share.left_out.value_or(LeftOut{address, why});
        } else if (std::binary_search(set.elements.begin(), set.elements.end(), address)) {
            share.has_known = true;
            share.addresses.push_back(address);
        } else {
            share.has_new = true;
            if (added < room) {
                ++added;
                share.addresses.push_back(address);
            } else {
                share.full = share.full || room < most_new;
            }
        }
    }
    if (!share.has_known && !share.has_new) {
        // What a set has had from before there were such rules is not renewed.
        std::copy_if(set.elements.begin(), set.elements.end(), std::back_inserter(share.addresses),
                     [](const auto& element) { return analyzer::why_no_names_address(element) == nullptr; });
    }
    return share;
}

bool holds_private(const firewall::NameSet& set) {
    return std::any_of(set.elements.begin(), set.elements.end(), analyzer::is_private);
}

} // namespace fwlearn::cli
