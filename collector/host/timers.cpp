#include "timers.hpp"

#include "small_files.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace fwlearn::collector::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".timer";

/// Where systemd looks for units, what it finds first counting (systemd.unit(5)).
constexpr std::array<const char*, 9> unit_folders{
    "etc/systemd/system.control", "run/systemd/transient", "etc/systemd/system",
    "run/systemd/system",         "run/systemd/generator", "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",     "lib/systemd/system",    "run/systemd/generator.late"};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// The name without its type and, of an instance, the part behind the @.
struct NameParts {
    std::string_view prefix;
    std::string_view instance;
};

NameParts parts_of(std::string_view name) {
    name = name.substr(0, name.rfind('.'));
    const auto at = name.find('@');
    return at == std::string_view::npos ? NameParts{name, {}}
                                        : NameParts{name.substr(0, at), name.substr(at + 1)};
}

/// %i, %p and %N of Unit=; of a template the instance is empty. Other specifiers stay.
std::string expanded(std::string_view unit, std::string_view timer) {
    const auto parts = parts_of(timer);
    std::string result;
    for (std::size_t i = 0; i < unit.size(); ++i) {
        const char next = unit[i] == '%' && i + 1 < unit.size() ? unit[i + 1] : '\0';
        const auto value = next == 'i'   ? std::optional(parts.instance)
                           : next == 'p' ? std::optional(parts.prefix)
                           : next == 'N' ? std::optional(timer.substr(0, timer.rfind('.')))
                                         : std::nullopt;
        result.append(value ? *value : unit.substr(i, 1));
        i += value ? 1 : 0;
    }
    return result;
}

/// The first Unit= in a [Timer] section: systemd takes no second one, so that a drop-in only counts where the
/// file itself has none (config_parse_trigger_unit() in src/core/load-fragment.c).
std::string unit_in(std::string_view text) {
    std::string_view section;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = line.find('=');
        if (line.starts_with('[')) {
            section = line;
        } else if (section == "[Timer]" && equals != std::string_view::npos &&
                   trimmed(line.substr(0, equals)) == "Unit") {
            const auto unit = trimmed(line.substr(equals + 1));
            if (unit.find('.') != std::string_view::npos &&
                !unit.ends_with(suffix)) { // else systemd ignores it
                return std::string(unit);
            }
        }
    }
    return {};
}

/// Another name of a timer, which is found by its own. foo@x.timer -> foo@.timer is none.
bool is_alias(const fs::path& target, std::string_view name) {
    const auto other = target.filename().string();
    return other.ends_with(suffix) && other != name &&
           !(other.ends_with("@.timer") && parts_of(other).prefix == parts_of(name).prefix);
}

/// Drop-ins of a timer in the order in which they are read: by file name, of the same name the first
/// folder's.
std::map<std::string, fs::path> drop_ins(const fs::path& root, const std::string& name) {
    std::map<std::string, fs::path> found;
    for (const auto* folder : unit_folders) {
        for (const auto& file : names_in(root / folder / (name + ".d"))) {
            if (file.ends_with(".conf")) {
                found.try_emplace(file, root / folder / (name + ".d") / file);
            }
        }
    }
    return found;
}

/// What the timer triggers; nothing where it is masked, or another timer's name.
std::string unit_of_timer(const fs::path& root, const std::string& name, const std::string& text) {
    auto unit = unit_in(text);
    if (unit.empty()) {
        for (const auto& [file, path] : drop_ins(root, name)) {
            unit = unit_in(small_file(path).value_or(std::string()));
            if (!unit.empty()) {
                break;
            }
        }
    }
    return unit.empty() ? name.substr(0, name.size() - suffix.size()) + ".service" : expanded(unit, name);
}

} // namespace

std::map<model::ForeignText, model::ForeignText> read_timers(const fs::path& root) {
    std::map<std::string, std::string> units; // by timer; empty where it triggers nothing
    for (const auto* folder : unit_folders) {
        for (const auto& name : names_in(root / folder)) {
            if (!name.ends_with(suffix) || name.size() == suffix.size() || units.contains(name)) {
                continue;
            }
            std::error_code error;
            const auto path = root / folder / name;
            const auto target = fs::read_symlink(path, error); // empty where it is none
            if (target == "/dev/null" || is_alias(target, name)) {
                units[name].clear();
            } else if (const auto text = small_file(path)) {
                // An empty file masks like /dev/null.
                units[name] = text->empty() ? std::string() : unit_of_timer(root, name, *text);
            }
        }
    }
    std::map<model::ForeignText, model::ForeignText> timers;
    for (const auto& [timer, unit] : units) {
        if (!unit.empty()) {
            timers.try_emplace(model::ForeignText(unit), model::ForeignText(timer));
        }
    }
    return timers;
}

} // namespace fwlearn::collector::host
