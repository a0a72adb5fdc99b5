// Resolves names and puts what they stand for into their sets of the loaded whitelist, a few names at a time,
// so that one that nobody answers for keeps no others from being filled. Says on standard error what could
// not be done. Knows nothing of when to ask. Private to this room; used by refresh.
#pragma once

#include "context.hpp"
#include "name_share.hpp"
#include "name_turns.hpp"

#include <collector/names/lookup.hpp>

#include <map>
#include <set>
#include <span>
#include <string>

namespace fwlearn::cli {

struct RefreshedName {
    NameAnswer answer;
    bool whole = false; ///< nothing failed, of neither IP version
};
using RefreshedNames = std::map<std::string, RefreshedName>;

class NameRefresh {
  public:
    explicit NameRefresh(Context& context) : context_(context) {}

    /// Resolves the first of these names, as many as a second is enough for but one at least, and fills their
    /// sets. An IP version that was not answered with addresses keeps all that it has for another full
    /// timeout. Throws SystemError.
    RefreshedNames refresh_first(std::span<const std::string> names);

  private:
    using Looked = std::map<std::string, collector::names::Looked>;
    struct Filled {
        bool failed = false; ///< the kernel did not take it
        bool has_known = false;
        bool has_new = false;
    };
    std::map<std::string, Filled> fill_sets(const Looked& looked);
    /// Once for each name.
    void say_share(const std::string& name, const NameShare& share);
    void say_failure(const std::string& name, const collector::names::Looked& looked);

    Context& context_;
    std::set<std::string> said_left_out_, said_full_; ///< names
};

} // namespace fwlearn::cli
