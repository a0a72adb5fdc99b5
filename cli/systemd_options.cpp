#include "systemd_options.hpp"

#include <analyzer/render/systemd.hpp>
#include <model/errors.hpp>

#include <fmt/format.h>
#include <systemd/sd-bus.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <string_view>

namespace fwlearn::cli {
namespace {

namespace fs = std::filesystem;

std::string shown(const fs::path& path) {
    return model::for_terminal(model::ForeignText(path.string()));
}

/// Of the systemd that runs here: "252.39-1~deb12u2" is 252. 0 where none says so.
unsigned running_version() {
    sd_bus* opened = nullptr;
    const int status = sd_bus_open_system(&opened);
    const std::unique_ptr<sd_bus, decltype(&sd_bus_unref)> bus(opened, sd_bus_unref);
    char* said = nullptr;
    if (status < 0 ||
        sd_bus_get_property_string(bus.get(), "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                   "org.freedesktop.systemd1.Manager", "Version", nullptr, &said) < 0) {
        return 0;
    }
    const std::unique_ptr<char, decltype(&std::free)> text(said, std::free);
    const std::string_view version(text.get());
    unsigned number = 0;
    std::from_chars(version.data(), version.data() + version.size(), number);
    return number;
}

/// Whoever reads the file has all of it or, as before, nothing of it.
void write(const fs::path& file, const std::string& content) {
    auto beside = file;
    beside += ".new"; // systemd reads names that end in .conf
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out << content;
    out.close();
    if (!out || rename(beside.c_str(), file.c_str()) != 0) {
        const int error = errno;
        std::error_code ignored;
        fs::remove(beside, ignored);
        throw model::SystemError("cannot write " + shown(file), error);
    }
}

/// Drop-ins of units that no rule selects by any more; gives back how many.
std::size_t remove_others(const fs::path& directory, const std::set<std::string>& folders) {
    std::size_t removed = 0;
    for (const auto& entry : fs::directory_iterator(directory)) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(".d") && !folders.contains(name) &&
            fs::remove(entry.path() / analyzer::drop_in_name)) {
            ++removed;
            std::error_code not_empty;
            fs::remove(entry.path(), not_empty);
        }
    }
    return removed;
}

analyzer::Rendered write_all(const model::Whitelist& whitelist, unsigned version, const fs::path& directory) {
    auto drop_ins = analyzer::systemd_drop_ins(whitelist, version);
    try {
        std::set<std::string> folders;
        for (const auto& [folder, content] : drop_ins.files) {
            fs::create_directories(directory / folder);
            write(directory / folder / analyzer::drop_in_name, content);
            folders.insert(folder);
        }
        const auto removed = fs::exists(directory) ? remove_others(directory, folders) : 0;
        auto text = fmt::format("{} drop-ins written below {}, {} of other units removed\n",
                                drop_ins.files.size(), shown(directory), removed);
        for (const auto& line : drop_ins.not_expressed) {
            text += "no drop-in: " + line + "\n";
        }
        text += "Now: systemctl daemon-reload, and once the nft file is loaded: fwlearn refresh\n";
        return {std::move(text), std::move(drop_ins.not_expressed)};
    } catch (const fs::filesystem_error& error) {
        throw model::SystemError("cannot write drop-ins below " + shown(directory), error.code().value());
    }
}

} // namespace

void SystemdOptions::add_to(CLI::App& verb) {
    verb.add_option("--systemd-version", version_,
                    "-o systemd: for this version, not the one that runs here (255 and later: NFTSet=)")
        ->check(CLI::Range(1U, 9999U))
        ->type_name("N");
    verb.add_option("--directory", directory_,
                    "-o systemd: write the drop-ins below it, as /etc/systemd/system, and take away those "
                    "of units that no rule selects by")
        ->type_name("DIR");
}

void SystemdOptions::refuse_for(const std::string& format) const {
    if (format != "systemd" && (version_ || !directory_.empty())) {
        throw model::UsageError("--systemd-version and --directory are for -o systemd alone");
    }
}

analyzer::Rendered SystemdOptions::render(const model::Whitelist& whitelist) const {
    const auto version = version_ ? *version_ : running_version();
    return directory_.empty() ? analyzer::render_systemd(whitelist, version)
                              : write_all(whitelist, version, directory_);
}

} // namespace fwlearn::cli
