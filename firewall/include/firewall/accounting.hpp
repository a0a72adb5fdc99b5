// The kernel's conntrack accounting (net.netfilter.nf_conntrack_acct) of this network namespace: read, and on
// request turned on for as long as this object lives.
// Made by cli/observe.
#pragma once

#include <filesystem>

namespace fwlearn::firewall {

/// Packets and bytes of new conntrack entries are counted. False where there is no conntrack.
bool accounting_enabled();

class Accounting {
  public:
    /// Turns it on; throws SystemError when that is refused.
    Accounting();
    /// Puts back what was there before.
    ~Accounting();
    Accounting(const Accounting&) = delete;
    Accounting& operator=(const Accounting&) = delete;

  private:
    bool was_enabled_;
};

} // namespace fwlearn::firewall
