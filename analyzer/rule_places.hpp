// Where rules lead, turned round: which rules admit this address, and which this name. Quick however many
// rules there are and however many addresses they have.
// Knows nothing of who sends and of services. Private to this room; called by admission and nearest_rule.
#pragma once

#include <model/secret_hash.hpp>
#include <model/whitelist.hpp>

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <unordered_map>

namespace fwlearn::analyzer {

class RulePlaces {
  public:
    /// Rules are known by their positions.
    explicit RulePlaces(std::span<const model::Rule> rules);

    /// Whether `take(position)` says so of any rule with this address; no more are asked then. A rule by name
    /// has the addresses that its names have stood for so far.
    template <typename Take>
    bool any_at(const model::Address& address, const Take& take) const {
        return std::any_of(by_length_.begin(), by_length_.end(), [&](const auto& of_length) {
            const auto& [family, length] = of_length.first;
            if (family != address.family()) {
                return false;
            }
            const auto network = model::Prefix(address, length).address();
            auto entry = std::lower_bound(
                of_length.second.begin(), of_length.second.end(), network,
                [](const Entry& one, const model::Address& wanted) { return one.network < wanted; });
            for (; entry != of_length.second.end() && entry->network == network; ++entry) {
                if (take(entry->rule)) {
                    return true;
                }
            }
            return false;
        });
    }

    /// The same for those with an address within this prefix, by address.
    template <typename Take>
    bool any_within(const model::Prefix& prefix, const Take& take) const {
        return std::any_of(by_length_.begin(), by_length_.end(), [&](const auto& of_length) {
            const auto& [family, length] = of_length.first;
            if (family != prefix.address().family() || length < prefix.length()) {
                return false;
            }
            auto entry = std::lower_bound(
                of_length.second.begin(), of_length.second.end(), prefix.address(),
                [](const Entry& one, const model::Address& wanted) { return one.network < wanted; });
            for (; entry != of_length.second.end() && prefix.contains(entry->network); ++entry) {
                if (take(entry->rule)) {
                    return true;
                }
            }
            return false;
        });
    }

    /// The same for those that have this name, or a domain that it is in.
    template <typename Take>
    bool any_named(const model::ForeignText& name, const Take& take) const {
        const std::string& text = name.raw_bytes();
        if (text.empty()) {
            return false;
        }
        if (any_in(by_name_, text, take)) {
            return true;
        }
        for (auto dot = domains_.empty() ? std::string::npos : text.find('.'); dot != std::string::npos;
             dot = text.find('.', dot + 1)) {
            if (any_in(domains_, text.substr(dot + 1), take)) {
                return true;
            }
        }
        return false;
    }

  private:
    struct Entry {
        model::Address network;
        std::uint32_t rule = 0;
        auto operator<=>(const Entry&) const = default;
    };
    using Names = std::unordered_map<std::string, std::vector<std::uint32_t>, model::SecretHash>;

    template <typename Take>
    static bool any_in(const Names& names, const std::string& name, const Take& take) {
        const auto found = names.find(name);
        return found != names.end() && std::any_of(found->second.begin(), found->second.end(), take);
    }

    /// Of one length each, ascending: an address is in one of a length at most.
    std::map<std::pair<model::Family, unsigned>, std::vector<Entry>> by_length_;
    Names by_name_;
    Names domains_; ///< for the names below them
};

} // namespace fwlearn::analyzer
