// Takes back what was applied: the table is what it was before, or gone where there was none.
// Knows nothing of when that is due. Called by the way back, and by cli's rollback.
#pragma once

#include "firewall/applied.hpp"

namespace fwlearn::firewall {

/// Of what is not confirmed. Does nothing to a table that is as it was before; says so where somebody else
/// has changed it meanwhile, and keeps what that was beside the state. The host is never left with a
/// whitelist that cannot be taken back: where nft does not take the old table, there is none afterwards, and
/// that is said. The table comes before all that is written down: a folder that cannot be written keeps
/// nothing from being taken back, and is told in what is returned. Called again it finds nothing to do. What
/// was done, for people, in one line. Throws SystemError where the table cannot be changed.
std::string take_back(const StateDirectory& directory, const Applied& armed, const std::string& reason);

/// The table alone: what is written down still says that it is armed. What was done.
std::string take_back_table(const StateDirectory& directory, const Applied& applied);

/// Where it is lost or cannot be read what is armed, and nobody said that it is over: the table is what it
/// was before, as `known` says, else what was confirmed before and is in force, else gone. Whoever is locked
/// out cannot wait for who repairs a file. What was done; empty where the table is that already. What cannot
/// be read is put aside. Throws SystemError where the table cannot be changed.
std::string take_back_unrecorded(const StateDirectory& directory, const std::string& token,
                                 const Applied* known, const std::string& reason);

/// Of what was confirmed: the table, and what is loaded at boot, are what they were before it was applied.
/// Throws SystemError, also where the table is back and what is loaded at boot is not.
std::string take_back_confirmed(const StateDirectory& directory, const Applied& confirmed);

} // namespace fwlearn::firewall
