// Work that is done in a network namespace which nobody else is in, and which is gone with it: what is loaded
// there touches nothing.
// Knows nothing of what the work is. Private to this room; called by checked_whitelist.
#pragma once

#include <functional>
#include <string>

namespace fwlearn::firewall {

/// In a child process: what the work changes in memory is lost, what it returns comes back. A model::Error
/// that leaves it is thrown here again, as a SystemError; so is what ends the child (a file can make nft wait
/// for ever).
std::string in_throwaway_namespace(const std::function<std::string()>& work);

} // namespace fwlearn::firewall
