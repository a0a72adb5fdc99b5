// A checked whitelist is put in force, so that a crash between any two steps leaves either what was there or
// a way back to it: written down, way back armed, health watched, conntrack primed, one transaction. Knows
// nothing of records and terminals. Called by cli's apply.
#pragma once

#include "firewall/applied.hpp"
#include "firewall/name_sets.hpp"
#include "firewall/prime_conntrack.hpp"

namespace fwlearn::firewall {

struct Application {
    WhitelistTable wanted;
    std::string document; ///< as suggest -o json prints it
    std::chrono::milliseconds confirm_within{};
    std::filesystem::path cgroup_root; ///< empty: none is mounted
    bool watch_health = false;         ///< and take it back when a service turns ill
    std::string watched_unit;          ///< that one alone; empty: all
    std::string before_canonical;      ///< of the table that was there when it was shown; empty: none
    /// Throws where what was shown is not what there is any more: the file.
    std::function<void()> check_again;
    std::function<std::vector<OpenConnection>()> connections;
    Carry carry; ///< what goes on of the sets of names that are loaded
};

struct InForce {
    Applied applied;
    Primed primed;
    std::string way_back;  ///< what it is
    std::string unwatched; ///< why the health of services is not watched; empty: it is, or need not be
};

/// Throws model::Error, and then nothing has changed: also where another one is armed, or the table is not
/// what it was when it was shown.
InForce apply_whitelist(const StateDirectory& directory, const Application& application);

/// With the lock held. Throws UsageError where a whitelist waits to be confirmed; takes it back where its
/// time is over, or it went with another boot.
void refuse_while_armed(const StateDirectory& directory);

} // namespace fwlearn::firewall
