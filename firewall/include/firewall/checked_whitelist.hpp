// A file with rules that somebody may have edited, tried out where it can change nothing: what of it may be
// loaded is a table of ours that denies by default, whatever the file says.
// Knows nothing of the kernel's own tables of this moment. Used by cli's apply.
#pragma once

#include "firewall/whitelist_table.hpp"

namespace fwlearn::firewall {

/// `file` is loaded into a network namespace of its own. What comes back is what nft made of it there, so
/// that nothing else that stands in the file can reach the kernel. `empty_whitelist` is the same file for a
/// whitelist without rules: its parts have to be in every whitelist. `name` is what the file is called in
/// messages, printable.
/// Throws model::UsageError, in one line: it has more sets than nft comes to an end with, nft refuses it, it
/// touches another table, the fixed parts or the denial are not what and where they have to be, or it does
/// not come back from a listing as it was.
WhitelistTable check_whitelist(const std::string& file, const std::string& empty_whitelist,
                               const std::string& name);

/// Of what was checked so when it was applied, perhaps by another version, whose fixed parts may read
/// otherwise: whether nft still takes it, and it still makes our table and touches no other. Throws
/// model::UsageError where not.
void check_loadable(const std::string& text, const std::string& name);

/// Whether the table's text, loaded, is the table again. Throws model::SystemError where it is not.
void check_restorable(const WhitelistTable& table);

} // namespace fwlearn::firewall
