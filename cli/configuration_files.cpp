#include "configuration_files.hpp"

#include "replacement.hpp"
#include "small_file.hpp"

#include <model/errors.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace fwlearn::cli {
namespace {

/// Of a file or a folder. Root alone has something to lose by what somebody else wrote.
void refuse_if_others_write(const std::filesystem::path& path, const struct stat& status) {
    if (geteuid() != 0) {
        return;
    }
    if (status.st_uid != 0) {
        throw model::UsageError(shown(path) + " is not root's: no configuration of root's is taken from it "
                                              "(chown root)");
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        throw model::UsageError(shown(path) +
                                " may be written by others than root: no configuration of root's is "
                                "taken from it (chmod go-w)");
    }
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

void check_folder(const std::filesystem::path& folder) {
    struct stat status {};
    if (stat(folder.c_str(), &status) != 0) {
        throw model::SystemError("cannot read the configuration in " + shown(folder), errno);
    }
    refuse_if_others_write(folder, status);
}

/// Where it stands, and where what stands there really is.
void check_folders(const std::filesystem::path& path) {
    check_folder(folder_of(path));
    std::error_code ignored;
    const auto real = std::filesystem::canonical(path, ignored);
    if (!ignored) {
        check_folder(folder_of(real));
    }
}

/// False: it is not there.
bool read_one(const std::filesystem::path& path, std::vector<Setting>& settings) {
    // Without waiting: what was named may be a pipe.
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR)) {
        return false;
    }
    struct stat status {};
    if (!file.is_open() || fstat(file.get(), &status) != 0) {
        throw model::SystemError("cannot read the configuration in " + shown(path), errno);
    }
    if (!S_ISREG(status.st_mode)) {
        throw model::UsageError(shown(path) + " is no regular file: no configuration");
    }
    refuse_if_others_write(path, status);
    check_folders(path);
    for (auto& setting : parse_configuration(
             read_small_file(file.get(), path, "cannot read the configuration in", "configuration"),
             path.string())) {
        settings.push_back(std::move(setting));
    }
    return true;
}

std::vector<std::filesystem::path> drop_ins_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    std::filesystem::directory_iterator entries(folder, error);
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
        return found;
    }
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
        const auto name = entries->path().filename().string();
        if (name.front() != '.' && name.ends_with(".toml")) {
            found.push_back(entries->path());
        }
    }
    if (error) {
        throw model::SystemError("cannot read the configuration in " + shown(folder), error.value());
    }
    check_folder(folder);
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace

std::filesystem::path drop_ins_of(const std::filesystem::path& file) {
    auto folder = file;
    return folder.extension() == ".toml" ? folder.replace_extension(".d") : folder += ".d";
}

std::vector<Setting> read_configuration(const std::filesystem::path& file, bool may_be_missing) {
    std::vector<Setting> settings;
    if (file == "/dev/null") { // which anybody may write, and says nothing
        return settings;
    }
    if (!read_one(file, settings) && !may_be_missing) {
        throw model::SystemError("cannot read the configuration in " + shown(file), ENOENT);
    }
    for (const auto& drop_in : drop_ins_in(drop_ins_of(file))) {
        read_one(drop_in, settings); // what went away meanwhile says nothing
    }
    return settings;
}

} // namespace fwlearn::cli
