#include "decisions_file.hpp"

#include "cli/decisions_toml.hpp"
#include "replacement.hpp"
#include "small_file.hpp"

#include <model/errors.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace fwlearn::cli {
struct DecisionsFile::Content {
    std::string text;
    struct stat status {};
    bool there = false;
};

DecisionsFile::DecisionsFile(const std::filesystem::path& given)
    : path_(given.empty() ? std::filesystem::path(default_path) : given), given_(!given.empty()) {
    // What is behind a symbolic link is replaced, not the link.
    std::error_code ignored;
    const auto real = std::filesystem::canonical(path_, ignored);
    if (!ignored) {
        path_ = real;
    }
}

DecisionsFile::Content DecisionsFile::load(bool may_be_missing) const {
    Content content;
    // Without waiting: what was named may be a pipe.
    const Descriptor file(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.is_open()) {
        if (errno == ENOENT && may_be_missing) {
            return content;
        }
        throw model::SystemError("cannot read the decisions in " + shown(path_), errno);
    }
    if (fstat(file.get(), &content.status) != 0) {
        throw model::SystemError("cannot read the decisions in " + shown(path_), errno);
    }
    if (!S_ISREG(content.status.st_mode)) {
        throw model::UsageError(shown(path_) + " is no regular file: no decisions can be kept in it");
    }
    if (geteuid() == 0 && (content.status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        throw model::UsageError(shown(path_) + " may be written by others than its owner, who would decide "
                                               "what leaves this host (chmod go-w)");
    }
    content.text = read_small_file(file.get(), path_, "cannot read", "file of decisions");
    content.there = true;
    return content;
}

std::filesystem::path DecisionsFile::folder() const {
    return path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
}

std::vector<model::Decision> DecisionsFile::read() const {
    return parse_decisions(load(!given_).text, path_.string());
}

std::vector<model::Decision> DecisionsFile::read_to_append() const {
    auto decisions = parse_decisions(load(true).text, path_.string());
    if (!given_) {
        mkdir(folder().c_str(), S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH); // or it is there
    }
    const Replacement possible(path_); // and goes again
    return decisions;
}

void DecisionsFile::append(const std::vector<model::Decision>& decisions) const {
    // One at a time: between reading and replacing nobody else may.
    const Descriptor held(open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!held.is_open() || flock(held.get(), LOCK_EX) != 0) {
        throw model::SystemError("cannot keep decisions in " + shown(path_), errno);
    }
    const auto content = load(true);
    auto text = content.text;
    for (const auto& decision : decisions) {
        if (!text.empty()) {
            text += text.back() == '\n' ? "\n" : "\n\n";
        }
        text += decision_to_toml(decision);
    }
    if (text.size() > largest_small_file) { // nobody could read it any more
        throw model::UsageError(shown(path_) + " would be larger than 1 MiB: nothing was added to it");
    }
    const auto before = parse_decisions(content.text, path_.string());
    auto after = parse_decisions(text, path_.string());
    after.resize(before.size());
    if (after != before) {
        throw model::UsageError("no decision can be put at the end of " + shown(path_) +
                                ": what is there would change its meaning");
    }
    Replacement replacement(path_);
    replacement.fill(text, content.there ? &content.status : nullptr);
    replacement.take_place();
    if (fsync(held.get()) != 0) {
        throw model::SystemError("cannot write " + shown(folder()), errno);
    }
}

} // namespace fwlearn::cli
