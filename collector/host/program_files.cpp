#include "program_files.hpp"

#include "accounts.hpp"
#include "dpkg.hpp"
#include "path_walk.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace fwlearn::collector::host {
namespace {

constexpr std::size_t least_of_one = 8;

/// Homes as they are written and as they are reached: /home itself may be a link.
class Homes {
  public:
    Homes(const Accounts& accounts, const PathWalk& walk) : folders_(accounts.homes()) {
        for (const std::string folder : {"/home", "/root"}) {
            folders_.push_back(folder);
            folders_.push_back(walk.follow(folder).path);
        }
    }

    [[nodiscard]] bool hold(std::string_view path) const {
        return std::any_of(folders_.begin(), folders_.end(), [path](const std::string& folder) {
            return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
        });
    }

  private:
    std::vector<std::string> folders_;
};

model::ProgramFile without_path(model::ProgramFile file) {
    file.path = model::ForeignText();
    return file;
}

} // namespace

ProgramFiles::ProgramFiles(std::filesystem::path root, std::size_t most)
    : root_(std::move(root)), most_(most), most_of_one_(std::max(least_of_one, most / 8)),
      dpkg_changed_(dpkg_changed(root_)) {}

std::vector<model::ProgramFile> ProgramFiles::look(const model::Identities& identities) {
    std::vector<model::ForeignText> paths;
    const auto add = [&](const model::ForeignText& path, const std::optional<std::uint32_t>& user) {
        if (!path.raw_bytes().starts_with('/') || known_.contains(path)) {
            return;
        }
        auto& taken = taken_[user];
        if (known_.size() >= most_ || (user != 0U && taken >= most_of_one_)) {
            ++left_out_;
            return;
        }
        ++taken;
        known_.try_emplace(path);
        paths.push_back(path);
    };
    for (; next_ < identities.processes(); ++next_) {
        const auto& process = identities.process(static_cast<model::ProcessId>(next_));
        if (!process.contained) {
            add(process.in_memory ? model::ForeignText() : process.exe, process.uid);
            add(process.script, process.uid);
        }
    }
    auto files = looked_at(paths);
    for (const auto& file : files) {
        known_[file.path] = without_path(file);
    }
    return files;
}

std::vector<model::ProgramFile> ProgramFiles::look_again() {
    const auto changed = dpkg_changed(root_);
    if (changed == dpkg_changed_) {
        return {};
    }
    dpkg_changed_ = changed;
    std::vector<model::ForeignText> paths;
    paths.reserve(known_.size());
    for (const auto& [path, file] : known_) {
        paths.push_back(path);
    }
    std::vector<model::ProgramFile> others;
    for (auto& file : looked_at(paths)) {
        auto& known = known_[file.path];
        if (file.owner && without_path(file) != known) {
            known = without_path(file);
            others.push_back(std::move(file));
        }
    }
    return others;
}

std::vector<model::ProgramFile> ProgramFiles::looked_at(const std::vector<model::ForeignText>& paths) const {
    std::vector<model::ProgramFile> files;
    if (paths.empty()) {
        return files;
    }
    const auto accounts = Accounts::read(root_);
    const PathWalk walk(root_, accounts);
    const Homes homes(accounts, walk);
    std::vector<std::string> places;
    std::set<std::string> shipped; // that a package may ship
    files.reserve(paths.size());
    for (const auto& path : paths) {
        auto place = walk.follow(path.raw_bytes());
        model::ProgramFile file;
        file.path = path;
        file.owner = place.owner;
        file.writable_by_others = place.writable_by_others;
        file.in_home = homes.hold(path.raw_bytes()) || homes.hold(place.path);
        if (!file.writable_by_others && !file.in_home) {
            shipped.insert(place.path);
        }
        files.push_back(std::move(file));
        places.push_back(std::move(place.path));
    }
    const auto packages = packages_of(root_, shipped);
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (const auto package = packages.find(places[i]); package != packages.end()) {
            files[i].package = model::ForeignText(package->second);
        }
    }
    return files;
}

} // namespace fwlearn::collector::host
