#include "unit_files.hpp"

#include "settings/systemd_conf.hpp"
#include "small_files.hpp"

#include <algorithm>
#include <array>

namespace fwlearn::collector::host {
namespace {

std::string below(std::string path, std::string_view name) {
    return path.append("/").append(name);
}

constexpr std::string_view transient = "/run/systemd/transient";

std::string_view type_of(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot);
}

bool is_unit(std::string_view name) {
    constexpr std::array<std::string_view, 11> types{".service", ".timer",     ".target", ".socket",
                                                     ".path",    ".mount",     ".swap",   ".slice",
                                                     ".scope",   ".automount", ".device"};
    return std::find(types.begin(), types.end(), type_of(name)) != types.end();
}

/// `..` is where the path itself says that it is: systemd compares paths, too, before it follows links.
std::string normal(const std::string& path) {
    return std::filesystem::path(path).lexically_normal().string();
}

/// Names whose folders of drop-ins count for a unit, the most special first: foo-bar@a.timer,
/// foo-bar@.timer, foo-.timer (unit_file_find_dirs() in src/shared/dropin.c).
std::vector<std::string> drop_in_names(const std::string& name) {
    std::vector<std::string> names{name};
    if (auto of_template = template_of_unit(name); !of_template.empty()) {
        names.push_back(std::move(of_template));
    }
    const auto type = std::string(type_of(name));
    auto prefix = std::string(parts_of_unit(name).prefix);
    for (auto dash = prefix.rfind('-'); dash != std::string::npos && dash > 0;
         dash = prefix.rfind('-', dash - 1)) {
        names.push_back(prefix.substr(0, dash + 1) + type);
    }
    return names;
}

} // namespace

std::vector<std::string> system_unit_folders() {
    // UNIT FILE LOAD PATH of systemd.unit(5), and lookup_paths_init() in src/basic/path-lookup.c. /lib is
    // what /usr/lib is, or Debian's before both were one.
    return {"/etc/systemd/system.control",   "/run/systemd/system.control",  std::string(transient),
            "/run/systemd/generator.early",  "/etc/systemd/system",          "/etc/systemd/system.attached",
            "/run/systemd/system",           "/run/systemd/system.attached", "/run/systemd/generator",
            "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",      "/lib/systemd/system",
            "/run/systemd/generator.late"};
}

UnitNameParts parts_of_unit(std::string_view name) {
    name = name.substr(0, name.rfind('.'));
    const auto at = name.find('@');
    return at == std::string_view::npos ? UnitNameParts{name, {}}
                                        : UnitNameParts{name.substr(0, at), name.substr(at + 1)};
}

std::string template_of_unit(std::string_view name) {
    const auto parts = parts_of_unit(name);
    return parts.instance.empty() ? std::string()
                                  : std::string(parts.prefix) + "@" + std::string(type_of(name));
}

std::string with_specifiers(std::string_view text, std::string_view name) {
    const auto parts = parts_of_unit(name);
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char next = text[i] == '%' && i + 1 < text.size() ? text[i + 1] : '\0';
        const auto value = next == 'i'   ? std::optional(parts.instance)
                           : next == 'p' ? std::optional(parts.prefix)
                           : next == 'N' ? std::optional(name.substr(0, name.rfind('.')))
                           : next == 'n' ? std::optional(name)
                           : next == '%' ? std::optional(std::string_view("%"))
                                         : std::nullopt;
        result.append(value ? *value : text.substr(i, 1));
        i += value ? 1 : 0;
    }
    return result;
}

std::vector<std::pair<std::string, std::string>> Unit::section(std::string_view wanted) const {
    std::vector<std::pair<std::string, std::string>> result;
    for (const auto& text : texts) {
        for (auto& setting : settings::systemd_settings(text, wanted)) {
            result.emplace_back(std::move(setting.key), std::move(setting.value));
        }
    }
    return result;
}

std::string Unit::value(std::string_view wanted, std::string_view key) const {
    std::string last;
    for (auto& [set, value] : section(wanted)) {
        if (set == key) {
            last = std::move(value);
        }
    }
    return last;
}

UnitFiles::UnitFiles(settings::HostFiles& files, std::vector<std::string> folders, const PathWalk* distrusted)
    : files_(files), folders_(std::move(folders)), distrusted_(distrusted) {
    for (const auto& folder : folders_) {
        add_units(folder);
    }
    for (const auto& [link, counts] : links_) {
        if (counts) {
            owners_[real_name(link.second)].insert(link.first);
        }
    }
}

std::size_t UnitFiles::most() const {
    return distrusted_ == nullptr ? most_entries : most_entries / 8;
}

void UnitFiles::add_units(const std::string& folder) {
    if (distrusted_ != nullptr && !distrusted_->follow(folder).found) {
        return;
    }
    for (const auto& name : files_.names(folder)) {
        if (name.ends_with(".wants") || name.ends_with(".requires")) {
            add_links(below(folder, name), name);
        } else if (name.ends_with(".d")) {
            folder_names_[folder].insert(name);
        } else if (is_unit(name) && units_.size() < most() && !units_.contains(name)) {
            if (auto file = file_at(folder, name)) {
                units_.emplace(name, std::move(*file));
            }
        }
    }
}

void UnitFiles::add_links(const std::string& folder, const std::string& owner_folder) {
    if (distrusted_ != nullptr && !distrusted_->follow(folder).found) {
        return;
    }
    const auto owner = owner_folder.substr(0, owner_folder.rfind('.'));
    for (const auto& name : files_.names(folder)) {
        // Of the same name the first folder's counts, which may say by /dev/null that there is none
        // (process_deps() in src/core/load-dropin.c).
        if (is_unit(name) && links_.size() < most()) {
            links_.try_emplace({owner, name}, files_.link(below(folder, name)) != "/dev/null");
        }
    }
}

std::optional<UnitFiles::File> UnitFiles::file_at(const std::string& folder, const std::string& name) const {
    const auto path = below(folder, name);
    if (const auto link = files_.link(path)) {
        if (*link == "/dev/null") {
            return File{path, {}, true};
        }
        const std::filesystem::path target(normal(link->starts_with('/') ? *link : below(folder, *link)));
        const auto other = target.filename().string();
        // A link to a unit by another name is that unit; one that leads out of the folders is the file of a
        // unit of the link's own name, and so is one from an instance to its template.
        const auto of_units =
            std::find(folders_.begin(), folders_.end(), target.parent_path().string()) != folders_.end();
        if (of_units && other != name && type_of(other) == type_of(name) && other != template_of_unit(name)) {
            return File{path, other, false};
        }
    }
    if (distrusted_ != nullptr && !distrusted_->follow(path).found) {
        return std::nullopt;
    }
    const auto facts = files_.facts(path);
    if (!facts || !facts->regular) {
        return std::nullopt;
    }
    return File{path, {}, facts->size == 0}; // an empty file masks like /dev/null
}

std::vector<std::string> UnitFiles::names(std::string_view type) const {
    std::vector<std::string> result;
    for (const auto& [name, file] : units_) {
        if (file.other_name_of.empty() && name.ends_with(type) && name.size() > type.size()) {
            result.push_back(name);
        }
    }
    return result;
}

std::vector<std::string> UnitFiles::linked_instances(std::string_view type) const {
    std::vector<std::string> result;
    for (const auto& [name, owners] : owners_) {
        if (name.ends_with(type) && !units_.contains(name) && units_.contains(template_of_unit(name))) {
            result.push_back(name);
        }
    }
    return result;
}

const UnitFiles::File* UnitFiles::file_of(const std::string& name) const {
    auto found = units_.find(name);
    if (found == units_.end()) {
        found = units_.find(template_of_unit(name));
    }
    return found == units_.end() ? nullptr : &found->second;
}

std::string UnitFiles::real_name(const std::string& name) const {
    auto real = name;
    constexpr int most_hops = 8;
    for (int hop = 0; hop < most_hops; ++hop) {
        const auto found = units_.find(real);
        if (found == units_.end() || found->second.other_name_of.empty()) {
            return real;
        }
        real = found->second.other_name_of;
    }
    return name;
}

std::optional<std::string> UnitFiles::read(const std::string& path) const {
    if (distrusted_ == nullptr) {
        return files_.read(path);
    }
    const auto place = distrusted_->follow(path);
    return place.found ? files_.read(place.path) : std::nullopt;
}

std::vector<std::string> UnitFiles::drop_ins(const std::string& name) const {
    std::map<std::string, std::string> found; // by file name, of the same name the first folder's
    const auto add = [&](const std::string& folder, const std::string& drop_ins_of) {
        const auto names = folder_names_.find(folder);
        if (names == folder_names_.end() || !names->second.contains(drop_ins_of)) {
            return;
        }
        for (const auto& file : files_.names(below(folder, drop_ins_of))) {
            if (file.ends_with(".conf") && found.size() < most()) {
                found.try_emplace(file, below(below(folder, drop_ins_of), file));
            }
        }
    };
    std::vector<std::string> names{name};
    for (const auto& [other, file] : units_) {
        if (file.other_name_of == name) {
            names.push_back(other);
        }
    }
    for (const auto& one : names) {
        for (const auto& folder : folders_) {
            for (const auto& drop_in_name : drop_in_names(one)) {
                add(folder, drop_in_name + ".d");
            }
        }
    }
    for (const auto& folder : folders_) { // timer.d: of all units of the type
        add(folder, std::string(type_of(name).substr(1)) + ".d");
    }
    std::vector<std::string> paths;
    paths.reserve(found.size());
    for (const auto& [file, path] : found) {
        paths.push_back(path);
    }
    return paths;
}

std::optional<Unit> UnitFiles::load(const std::string& name) const {
    Unit unit;
    unit.name = real_name(name);
    const auto* file = is_unit(unit.name) ? file_of(unit.name) : nullptr;
    if (file == nullptr || !file->other_name_of.empty()) {
        return std::nullopt;
    }
    unit.path = file->path;
    unit.masked = file->masked;
    if (unit.masked) {
        return unit;
    }
    auto text = read(file->path);
    if (!text) {
        return std::nullopt;
    }
    unit.texts.push_back(std::move(*text));
    for (const auto& path : drop_ins(unit.name)) {
        if (auto drop_in = read(path)) {
            unit.texts.push_back(std::move(*drop_in));
        }
    }
    return unit;
}

bool UnitFiles::is_started(const std::string& name) const {
    std::set<std::string> asked;
    return is_started(real_name(name), asked);
}

bool UnitFiles::is_started(const std::string& name, std::set<std::string>& asked) const {
    if (const auto* file = file_of(name);
        file != nullptr && (file->masked || file->path.starts_with(transient))) {
        return !file->masked;
    }
    const auto owners = owners_.find(name);
    return owners != owners_.end() &&
           std::any_of(owners->second.begin(), owners->second.end(),
                       [&](const std::string& owner) { return starts_others(owner, asked); });
}

bool UnitFiles::starts_others(const std::string& owner, std::set<std::string>& asked) const {
    const auto name = real_name(owner);
    if (!asked.insert(name).second) {
        return false; // a ring, or asked before and not found
    }
    const auto* file = file_of(name);
    if (file != nullptr && file->masked) {
        return false;
    }
    // Targets come and go by others that no link may tell; devices, mounts and slices need no file.
    if (!name.ends_with(".service") && !name.ends_with(".timer") && !name.ends_with(".path") &&
        !name.ends_with(".socket")) {
        return true;
    }
    if (is_started(name, asked)) {
        return true;
    }
    const auto unit = load(name);
    return unit && unit->section("Install").empty();
}

} // namespace fwlearn::collector::host
