#include "accounts.hpp"

#include "small_files.hpp"

#include <model/number.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace fwlearn::collector::host {
namespace {

constexpr std::uint32_t nobody_known = 0xffffffffU; ///< a member whose number passwd(5) does not have

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

bool is_everybodys(std::string_view folder) {
    constexpr std::array<std::string_view, 15> system{"",     "/bin", "/boot", "/dev", "/etc",
                                                      "/lib", "/opt", "/proc", "/run", "/sbin",
                                                      "/srv", "/sys", "/tmp",  "/usr", "/var"};
    return std::find(system.begin(), system.end(), folder) != system.end();
}

} // namespace

Accounts Accounts::read(const std::filesystem::path& root) {
    constexpr std::uint32_t first_person = 1000;
    constexpr std::uint32_t last_person = 59999;
    Accounts accounts;
    std::map<std::string_view, std::uint32_t> uids;
    const auto passwd = small_file(root / "etc/passwd").value_or(std::string());
    for (const auto line : split(passwd, '\n')) {
        const auto fields = split(line, ':'); // name:password:uid:gid:comment:home:shell
        const auto uid = fields.size() > 5 ? model::parse_integer<std::uint32_t>(fields[2]) : std::nullopt;
        const auto gid = uid ? model::parse_integer<std::uint32_t>(fields[3]) : std::nullopt;
        if (!gid) {
            continue;
        }
        uids.emplace(fields[0], *uid);
        accounts.members_[*gid].insert(*uid);
        auto home = fields[5];
        while (home.ends_with('/')) {
            home.remove_suffix(1);
        }
        if (*uid >= first_person && *uid <= last_person && home.starts_with('/') && !is_everybodys(home)) {
            accounts.homes_.emplace_back(home);
        }
    }
    // A primary group that group(5) does not have may have more members than passwd(5) tells.
    decltype(accounts.members_) known;
    const auto groups = small_file(root / "etc/group").value_or(std::string());
    for (const auto line : split(groups, '\n')) {
        const auto fields = split(line, ':'); // name:password:gid:member,member
        const auto gid = fields.size() > 3 ? model::parse_integer<std::uint32_t>(fields[2]) : std::nullopt;
        if (!gid) {
            continue;
        }
        auto& members = known[*gid];
        members.merge(accounts.members_[*gid]);
        for (const auto member : split(fields[3], ',')) {
            if (!member.empty()) {
                const auto found = uids.find(member);
                members.insert(found == uids.end() ? nobody_known : found->second);
            }
        }
    }
    accounts.members_ = std::move(known);
    return accounts;
}

bool Accounts::others_in(std::uint32_t gid, std::uint32_t owner) const {
    const auto found = members_.find(gid);
    if (found == members_.end()) {
        return gid != 0;
    }
    return std::any_of(found->second.begin(), found->second.end(),
                       [owner](std::uint32_t member) { return member != 0 && member != owner; });
}

} // namespace fwlearn::collector::host
