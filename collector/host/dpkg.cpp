#include "dpkg.hpp"

#include "small_files.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fwlearn::collector::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view database = "var/lib/dpkg";

/// What a line of a list has to be, and in whose list, for a path to be the package's.
struct Wanted {
    const std::string* path = nullptr;
    std::optional<std::string> only_by; ///< the package
    std::optional<std::string> not_by;
};
using WantedLines = std::unordered_map<std::string, std::vector<Wanted>>;

/// dpkg-divert(1): the file that every other package ships as `from` is at `to`.
struct Diversion {
    std::string from;
    std::string to;
    std::string by; ///< the package that is not diverted; ":" where it is the administrator
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// The folders of / that are links to those of the same name in /usr.
class Merged {
  public:
    explicit Merged(const fs::path& root) {
        for (const std::string name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
            std::error_code error;
            const auto target = fs::read_symlink(root / name, error);
            if (!error && (target == "usr/" + name || target == "/usr/" + name)) {
                names_.push_back("/" + name + "/");
            }
        }
    }

    /// With /usr, where it can be had with and without.
    [[nodiscard]] std::string in_usr(const std::string& path) const {
        return is_below(path) ? "/usr" + path : path;
    }

    /// All ways to write a path that is as in_usr() gives it.
    [[nodiscard]] std::vector<std::string> spellings(const std::string& path) const {
        constexpr std::string_view usr = "/usr";
        std::vector<std::string> all{path};
        if (path.starts_with(usr) && is_below(path.substr(usr.size()))) {
            all.push_back(path.substr(usr.size()));
        }
        return all;
    }

  private:
    [[nodiscard]] bool is_below(const std::string& path) const {
        return std::any_of(names_.begin(), names_.end(),
                           [&path](const std::string& name) { return path.starts_with(name); });
    }

    std::vector<std::string> names_;
};

std::vector<Diversion> diversions_of(const fs::path& root, const Merged& merged) {
    std::vector<Diversion> diversions;
    const auto lines = lines_of(small_file(root / database / "diversions").value_or(std::string()));
    for (std::size_t at = 0; at + 2 < lines.size(); at += 3) {
        diversions.push_back({merged.in_usr(lines[at]), merged.in_usr(lines[at + 1]), lines[at + 2]});
    }
    return diversions;
}

WantedLines wanted_lines(const fs::path& root, const std::set<std::string>& paths) {
    const Merged merged(root);
    const auto diversions = diversions_of(root, merged);
    WantedLines lines;
    const auto want = [&](const std::string& line, const Wanted& wanted) {
        for (const auto& spelled : merged.spellings(line)) {
            lines[spelled].push_back(wanted);
        }
    };
    for (const auto& path : paths) {
        const auto here = merged.in_usr(path);
        Wanted in_place{&path, std::nullopt, std::nullopt};
        for (const auto& diversion : diversions) {
            if (diversion.to == here) {
                want(diversion.from, {&path, std::nullopt, diversion.by});
            } else if (diversion.from == here) {
                in_place.only_by = diversion.by;
            }
        }
        want(here, in_place);
    }
    return lines;
}

/// "libc6:amd64.list" -> "libc6"
std::optional<std::string> package_of_list(const std::string& file) {
    constexpr std::string_view end = ".list";
    if (!file.ends_with(end)) {
        return std::nullopt;
    }
    return file.substr(0, std::min(file.find(':'), file.size() - end.size()));
}

std::vector<std::string> lists_in(const fs::path& folder) {
    constexpr std::size_t most_lists = 100'000;
    std::vector<std::string> lists;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end;
         !error && entry != end && lists.size() < most_lists; entry.increment(error)) {
        auto name = entry->path().filename().string();
        if (package_of_list(name)) {
            lists.push_back(std::move(name));
        }
    }
    std::sort(lists.begin(), lists.end());
    return lists;
}

/// `text` is kept between the calls, so that room is made for it once.
bool read_list(const fs::path& path, std::string& text) {
    constexpr std::size_t most_bytes = std::size_t{64} << 20U;
    std::error_code error;
    const auto size = fs::is_regular_file(path, error) ? fs::file_size(path, error) : 0;
    if (error || size == 0 || size > most_bytes) {
        return false;
    }
    text.resize(size);
    std::ifstream file(path, std::ios::binary);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return true;
}

} // namespace

std::map<std::string, std::string> packages_of(const fs::path& root, const std::set<std::string>& paths) {
    std::map<std::string, std::string> packages;
    if (paths.empty()) {
        return packages;
    }
    const auto wanted = wanted_lines(root, paths);
    std::string text;
    std::string line;
    for (const auto& list : lists_in(root / database / "info")) {
        if (!read_list(root / database / "info" / list, text)) {
            continue;
        }
        const auto package = *package_of_list(list);
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('\n', at), text.size());
            line.assign(text, at, end - at);
            at = end + 1;
            const auto found = wanted.find(line);
            if (found == wanted.end()) {
                continue;
            }
            for (const auto& [path, only_by, not_by] : found->second) {
                if ((!only_by || *only_by == package) && (!not_by || *not_by != package)) {
                    packages.emplace(*path, package);
                }
            }
        }
    }
    return packages;
}

fs::file_time_type dpkg_changed(const fs::path& root) {
    std::error_code error;
    const auto changed = fs::last_write_time(root / database / "status", error);
    return error ? fs::file_time_type::min() : changed;
}

} // namespace fwlearn::collector::host
