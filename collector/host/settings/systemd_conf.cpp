#include "systemd_conf.hpp"

#include <array>
#include <map>

namespace fwlearn::collector::host::settings {
namespace {

/// In the order of precedence (the section CONFIGURATION DIRECTORIES AND PRECEDENCE of resolved.conf(5)).
constexpr std::array<const char*, 5> folders{"/etc/systemd/", "/run/systemd/", "/usr/local/lib/systemd/",
                                             "/usr/lib/systemd/", "/lib/systemd/"};

} // namespace

std::vector<TextFile> systemd_files(HostFiles& files, const std::string& name) {
    std::vector<TextFile> result;
    for (const auto* folder : folders) {
        if (files.exists(folder + name)) {
            result.push_back({folder + name, files.read(folder + name).value_or(std::string())});
            break;
        }
    }
    // Sorted by name, whatever the folder; of the same name the first folder's, which may be a link to
    // /dev/null that hides the others.
    std::map<std::string, std::string> drop_ins;
    for (const auto* folder : folders) {
        const auto below = folder + name + ".d/";
        for (const auto& file : files.names(below)) {
            if (file.ends_with(".conf")) {
                drop_ins.try_emplace(file, below + file);
            }
        }
    }
    for (const auto& [file, path] : drop_ins) {
        if (auto text = files.read(path)) {
            result.push_back({path, std::move(*text)});
        }
    }
    return result;
}

std::vector<SystemdSetting> systemd_settings(std::string_view text, std::string_view section) {
    std::vector<SystemdSetting> settings;
    Lines lines(text);
    std::string_view here;
    while (const auto line = lines.next()) {
        const auto begin = trimmed(line->text);
        if (begin.empty() || begin.front() == '#' || begin.front() == ';') {
            continue;
        }
        // A backslash at the end stands for a blank and goes on in the next line; comments between are left
        // out.
        std::string whole(begin);
        while (whole.ends_with('\\')) {
            whole.back() = ' ';
            auto next = lines.next();
            while (next && (next->text.starts_with('#') || next->text.starts_with(';'))) {
                next = lines.next();
            }
            whole += next ? trimmed(next->text) : std::string_view();
        }
        if (begin.front() == '[') {
            here = begin;
        } else if (const auto set = assignment(whole);
                   set && here.size() == section.size() + 2 && here.substr(1, section.size()) == section) {
            settings.push_back({line->number, std::string(set->key), std::string(set->value)});
        }
    }
    return settings;
}

} // namespace fwlearn::collector::host::settings
