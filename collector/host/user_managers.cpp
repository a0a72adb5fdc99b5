#include "user_managers.hpp"

#include "collector/host/users.hpp"
#include "small_files.hpp"

#include <set>

namespace fwlearn::collector::host {
namespace {

std::string home_of(const PasswdEntry& entry) {
    auto home = entry.home.raw_bytes();
    while (home.ends_with('/')) {
        home.pop_back();
    }
    return home;
}

} // namespace

std::vector<std::string> common_user_unit_folders() {
    return {"/etc/xdg/systemd/user",         "/etc/systemd/user",       "/run/systemd/user",
            "/usr/local/share/systemd/user", "/usr/share/systemd/user", "/usr/local/lib/systemd/user",
            "/usr/lib/systemd/user",         "/lib/systemd/user"};
}

std::vector<UserManager> user_managers(const std::filesystem::path& root, const settings::HostFiles& files,
                                       const PathWalk& walk) {
    std::vector<UserManager> managers;
    std::set<std::uint32_t> seen;
    for (const auto& entry : passwd_entries(root)) {
        const auto& name = entry.name.raw_bytes();
        const auto home = home_of(entry);
        const auto own = home + "/.config/systemd/user";
        const bool may_be_a_file = !name.empty() && name.find('/') == std::string::npos;
        const bool lingers = may_be_a_file && files.exists("/var/lib/systemd/linger/" + name);
        if (managers.size() >= most_entries || (!home.starts_with('/') && !lingers) ||
            (!lingers && !walk.follow(own).found) || !seen.insert(entry.uid).second) {
            continue;
        }
        const auto running = "/run/user/" + std::to_string(entry.uid) + "/systemd/";
        UserManager manager{entry.uid, entry.name, lingers, home + "/.local/share/systemd", {}};
        // User Unit Search Path of systemd.unit(5), with the folders that XDG has where nobody sets others.
        manager.folders = {home + "/.config/systemd/user.control", running + "user.control",
                           running + "transient", running + "generator.early", own};
        const auto common = common_user_unit_folders();
        constexpr std::ptrdiff_t before_data = 3; // of /etc and /run: before what is in the home's share
        manager.folders.insert(manager.folders.end(), common.begin(), common.begin() + before_data);
        manager.folders.push_back(running + "generator");
        manager.folders.push_back(home + "/.local/share/systemd/user");
        manager.folders.insert(manager.folders.end(), common.begin() + before_data, common.end());
        manager.folders.push_back(running + "generator.late");
        managers.push_back(std::move(manager));
    }
    return managers;
}

} // namespace fwlearn::collector::host
