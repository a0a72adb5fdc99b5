// Units of one systemd manager from their files, as systemd.unit(5) has them: which file counts, its
// drop-ins, other names, masks, and what is started by links. Needs no systemd to run. Knows nothing of what
// a timer or a service is. Used by the timers and the ledger.
#pragma once

#include "path_walk.hpp"
#include "settings/host_files.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fwlearn::collector::host {

/// Where the system's manager looks for units, what it finds first counting.
std::vector<std::string> system_unit_folders();

/// The name without its type and, of an instance, the part behind the @.
struct UnitNameParts {
    std::string_view prefix;
    std::string_view instance;
};
UnitNameParts parts_of_unit(std::string_view name);
/// foo@a.timer -> foo@.timer; empty where it is no instance.
std::string template_of_unit(std::string_view name);
/// What a name alone tells of the specifiers: %i, %p, %N, %n and %%. Of a template the instance is empty.
/// Other specifiers stay.
std::string with_specifiers(std::string_view text, std::string_view name);

/// One unit as it is loaded: its file, then its drop-ins in the order in which they are read.
struct Unit {
    std::string name;
    std::string path;               ///< of its file, as the host has it
    std::vector<std::string> texts; ///< the file's, then the drop-ins'
    bool masked = false;            ///< then there are no texts

    /// What a section sets, in order: key, value.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> section(std::string_view name) const;
    /// The last value of a key; empty where it has none.
    [[nodiscard]] std::string value(std::string_view section, std::string_view key) const;
};

class UnitFiles {
  public:
    /// `distrusted`: somebody else may write to the folders; then nothing is opened in them whose answer is a
    /// program's or another machine's.
    UnitFiles(settings::HostFiles& files, std::vector<std::string> folders,
              const PathWalk* distrusted = nullptr);

    /// Names of this type (".timer") that have a file of their own, also masked ones and templates; not other
    /// names of another unit.
    [[nodiscard]] std::vector<std::string> names(std::string_view type) const;
    /// Instances of this type that links start, but that have no file of their own.
    [[nodiscard]] std::vector<std::string> linked_instances(std::string_view type) const;
    /// The name that the unit has by its file, where this is another one of it.
    [[nodiscard]] std::string real_name(const std::string& name) const;
    /// Nothing where no file is there for it.
    [[nodiscard]] std::optional<Unit> load(const std::string& name) const;
    /// Whether a link in a folder NAME.wants or NAME.requires starts it, of a unit that is itself started: a
    /// target, another unit with such a link, or one without [Install], which something else starts
    /// (mdmonitor.service: udev). A unit in run/systemd/transient runs for as long as it is there.
    [[nodiscard]] bool is_started(const std::string& name) const;

  private:
    struct File {
        std::string path;
        std::string other_name_of; ///< the unit that it is another name of
        bool masked = false;
    };

    [[nodiscard]] std::size_t most() const;
    void add_units(const std::string& folder);
    void add_links(const std::string& folder, const std::string& owner_folder);
    [[nodiscard]] std::optional<File> file_at(const std::string& folder, const std::string& name) const;
    [[nodiscard]] const File* file_of(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> drop_ins(const std::string& name) const;
    [[nodiscard]] std::optional<std::string> read(const std::string& path) const;
    [[nodiscard]] bool is_started(const std::string& name, std::set<std::string>& asked) const;
    [[nodiscard]] bool starts_others(const std::string& owner, std::set<std::string>& asked) const;

    settings::HostFiles& files_;
    std::vector<std::string> folders_;
    const PathWalk* distrusted_;
    std::map<std::string, File> units_;
    std::map<std::string, std::set<std::string>> folder_names_; ///< NAME.d folders that are there, by folder
    std::map<std::pair<std::string, std::string>, bool> links_; ///< owner, unit -> whether it counts
    std::map<std::string, std::set<std::string>> owners_;       ///< of a unit, by its real name
};

} // namespace fwlearn::collector::host
