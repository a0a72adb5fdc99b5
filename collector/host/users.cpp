#include "collector/host/users.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string_view>

namespace fwlearn::collector::host {
namespace {

namespace fs = std::filesystem;

/// name:password:id:... of both files.
template <typename Entry>
void read_entries(const fs::path& path, const Entry& entry) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const auto name_end = line.find(':');
        const auto id_begin = name_end == std::string::npos ? name_end : line.find(':', name_end + 1);
        if (id_begin == std::string::npos) {
            continue;
        }
        std::uint32_t id = 0;
        const auto* const first = line.data() + id_begin + 1;
        const auto [stopped, error] = std::from_chars(first, line.data() + line.size(), id);
        if (error == std::errc{} && stopped != first) {
            entry(model::ForeignText(line.substr(0, name_end)), id, line);
        }
    }
}

std::map<std::uint32_t, model::ForeignText> read_names(const fs::path& path) {
    std::map<std::uint32_t, model::ForeignText> names;
    read_entries(path, [&names](model::ForeignText name, std::uint32_t id, const std::string& /*line*/) {
        names.try_emplace(id, std::move(name)); // getpwuid(3) takes the first as well
    });
    return names;
}

} // namespace

std::vector<PasswdEntry> passwd_entries(const fs::path& root) {
    std::vector<PasswdEntry> entries;
    read_entries(
        root / "etc/passwd", [&](model::ForeignText name, std::uint32_t id, const std::string& line) {
            std::string_view rest = line; // name:password:uid:gid:comment:home:shell
            constexpr int before_home = 5;
            for (int field = 0; field < before_home; ++field) {
                rest.remove_prefix(std::min(rest.find(':'), rest.size() - 1) + 1);
            }
            entries.push_back({std::move(name), id, model::ForeignText(rest.substr(0, rest.find(':')))});
        });
    return entries;
}

std::map<model::ForeignText, std::uint32_t> uids_by_name(const fs::path& root) {
    std::map<model::ForeignText, std::uint32_t> uids;
    for (auto& entry : passwd_entries(root)) {
        uids.try_emplace(std::move(entry.name), entry.uid);
    }
    return uids;
}

Users::Users(fs::path root) : root_(std::move(root)) {}

void Users::refresh() {
    std::error_code ignored;
    const auto changed = std::max(fs::last_write_time(root_ / "etc/passwd", ignored),
                                  fs::last_write_time(root_ / "etc/group", ignored));
    if (changed == read_at_) {
        return;
    }
    read_at_ = changed;
    users_ = read_names(root_ / "etc/passwd");
    groups_ = read_names(root_ / "etc/group");
}

void Users::name(const model::SocketOwner& owner, model::Identities& identities) {
    if (owner.kind != model::OwnerKind::user ||
        (identities.users().contains(owner.uid) && identities.groups().contains(owner.gid))) {
        return;
    }
    refresh();
    const auto name_of = [](const auto& names, std::uint32_t id) {
        const auto found = names.find(id);
        return found == names.end() ? model::ForeignText{} : found->second;
    };
    identities.name_user(owner.uid, name_of(users_, owner.uid));
    identities.name_group(owner.gid, name_of(groups_, owner.gid));
}

} // namespace fwlearn::collector::host
