#include "systemd_options.hpp"

#include "systemd_version.hpp"

#include <analyzer/render/systemd.hpp>
#include <model/errors.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <ostream>
#include <set>

namespace fwlearn::cli {
namespace {

namespace fs = std::filesystem;

std::string shown(const fs::path& path) {
    return model::for_terminal(model::ForeignText(path.string()));
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

/// Drop-ins of units that no rule selects by any more; gives back how many. Whatever else is called UNIT.d, a
/// file or what may not be looked into, holds none.
std::size_t remove_others(const fs::path& directory, const std::set<std::string>& folders) {
    std::size_t removed = 0;
    for (const auto& entry : fs::directory_iterator(directory)) {
        const auto name = entry.path().filename().string();
        if (!name.ends_with(".d") || folders.contains(name)) {
            continue;
        }
        const auto drop_in = entry.path() / analyzer::drop_in_name;
        std::error_code none;
        if (fs::is_regular_file(fs::symlink_status(drop_in, none)) && fs::remove(drop_in)) {
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

analyzer::Rendered SystemdOptions::render(const model::Whitelist& whitelist, const Context& context) const {
    const auto found = version_ ? version_ : systemd_version();
    if (!found) {
        context.err << "fwlearn: no systemd here says which version it is: these drop-ins are for versions "
                       "before 243 and work with all (--systemd-version N says which it will be)\n";
    }
    const auto version = found.value_or(0);
    return directory_.empty() ? analyzer::render_systemd(whitelist, version)
                              : write_all(whitelist, version, directory_);
}

} // namespace fwlearn::cli
