// Names of users and groups, read from passwd(5) and group(5) below a root. Not through NSS: a directory
// service would be asked over the very network that is being observed.
// Called by the observer; the root is a parameter so that a test has its own.
#pragma once

#include <model/identities.hpp>

#include <filesystem>
#include <vector>

namespace fwlearn::collector::host {

struct PasswdEntry {
    model::ForeignText name;
    std::uint32_t uid = 0;
    model::ForeignText home;
};
/// The users of passwd(5) below the root that have a number, in its order.
std::vector<PasswdEntry> passwd_entries(const std::filesystem::path& root);

/// Numbers of the users of passwd(5) below the root; the first of a name counts.
std::map<model::ForeignText, std::uint32_t> uids_by_name(const std::filesystem::path& root);

class Users {
  public:
    explicit Users(std::filesystem::path root = "/");

    /// Puts the names of the owner's user and group into `identities`, once each; reads the files again
    /// when they have changed. Users that the files do not have (LDAP, DynamicUser=) stay without a name.
    void name(const model::SocketOwner& owner, model::Identities& identities);

  private:
    void refresh();

    std::filesystem::path root_;
    std::filesystem::file_time_type read_at_{};
    std::map<std::uint32_t, model::ForeignText> users_;
    std::map<std::uint32_t, model::ForeignText> groups_;
};

} // namespace fwlearn::collector::host
