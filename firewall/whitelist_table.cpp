#include "firewall/whitelist_table.hpp"

#include "commands_to_fill.hpp"
#include "firewall/prime_conntrack.hpp"
#include "firewall/unit_sets.hpp"
#include "nftables.hpp"
#include "table_document.hpp"
#include "whitelist_sets.hpp"

#include <model/errors.hpp>

#include <fmt/format.h>

namespace fwlearn::firewall {
namespace {

constexpr const char* purpose = "cannot load the whitelist";

/// Whether or not there is such a table.
std::string commands_to_delete(const std::string& table) {
    return fmt::format("table {0}\ndelete table {0}\n", table);
}

} // namespace

std::optional<WhitelistTable> read_whitelist_table() {
    const auto listing = list_whitelist_table();
    return listing ? std::optional(table_of(*listing)) : std::nullopt;
}

void replace_whitelist_table(const std::optional<std::string>& text, const std::vector<UnitSet>& units,
                             const std::filesystem::path& cgroup2_root) {
    const auto unprimed = commands_to_delete(std::string("inet ") + priming_table_name);
    const auto anew = unprimed + commands_to_delete(whitelist_table) + text.value_or("");
    const auto listing = list_whitelist_table();
    const auto filled = text ? commands_to_fill(units, cgroup2_root) : std::string();
    if (text && listing) {
        // A table that is made anew goes behind all others, in listings too.
        if (const auto emptied = commands_to_empty(listing->json)) {
            try {
                Nftables().run(unprimed + *emptied + *text + filled, purpose);
                return;
            } catch (const model::SystemError&) {
                // It was changed in between, or the kernel does not take both at once: then anew.
            }
        }
    }
    if (!filled.empty()) {
        try {
            Nftables().run(anew + filled, purpose);
            return;
        } catch (const model::SystemError&) {
            // A unit may have stopped in between.
        }
    }
    Nftables().run(anew, purpose);
    if (!filled.empty()) {
        fill_unit_sets(cgroup2_root);
    }
}

} // namespace fwlearn::firewall
