#include "firewall/whitelist_table.hpp"

#include "commands_to_fill.hpp"
#include "firewall/prime_conntrack.hpp"
#include "firewall/unit_sets.hpp"
#include "nftables.hpp"
#include "table_document.hpp"
#include "whitelist_sets.hpp"

#include <model/errors.hpp>

#include <fmt/format.h>
#include <nss.h>

namespace fwlearn::firewall {
namespace {

constexpr const char* purpose = "cannot load the whitelist";

/// nft asks for each number of a user first whether it is a name, and every service of nsswitch.conf(5) in
/// turn: a directory (LDAP) that the network has to be there for, which the whitelist may just have denied.
/// In what nft lists users are numbers.
void look_up_users_in_files_alone() {
    __nss_configure_lookup("passwd", "files");
    __nss_configure_lookup("group", "files");
}

/// A unit that starts after it was looked whether it runs, and before its set is there, is in none. The rules
/// are loaded by then: refresh --units says what keeps a set from being filled.
void fill_what_began_meanwhile(const std::vector<UnitSet>& units, const std::filesystem::path& cgroup2_root) {
    if (units.empty()) {
        return;
    }
    try {
        fill_unit_sets(cgroup2_root);
    } catch (const model::SystemError&) {
        // As above.
    }
}

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
    look_up_users_in_files_alone();
    const auto unprimed = commands_to_delete(std::string("inet ") + priming_table_name);
    const auto anew = unprimed + commands_to_delete(whitelist_table) + text.value_or("");
    const auto listing = list_whitelist_table();
    const auto filled = text ? commands_to_fill(units, cgroup2_root) : std::string();
    if (text && listing) {
        // A table that is made anew goes behind all others, in listings too.
        if (const auto emptied = commands_to_empty(listing->json)) {
            try {
                Nftables().run(unprimed + *emptied + *text + filled, purpose);
                fill_what_began_meanwhile(units, cgroup2_root);
                return;
            } catch (const model::SystemError&) {
                // It was changed in between, or the kernel does not take both at once: then anew.
            }
        }
    }
    if (!filled.empty()) {
        try {
            Nftables().run(anew + filled, purpose);
            fill_what_began_meanwhile(units, cgroup2_root);
            return;
        } catch (const model::SystemError&) {
            // A unit may have stopped in between.
        }
    }
    Nftables().run(anew, purpose);
    fill_what_began_meanwhile(units, cgroup2_root);
}

} // namespace fwlearn::firewall
