#include "replacement.hpp"

#include "small_file.hpp"

#include <model/errors.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace fwlearn::cli {
namespace {

void write_all(int descriptor, std::string_view text, const std::filesystem::path& path) {
    while (!text.empty()) {
        const auto put = ::write(descriptor, text.data(), text.size());
        if (put < 0) {
            throw model::SystemError("cannot write " + shown(path), errno);
        }
        text.remove_prefix(static_cast<std::size_t>(put));
    }
}

} // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0) {
        close(number_);
    }
}

Replacement::Replacement(const std::filesystem::path& target)
    : target_(target), name_(target.string() + ".XXXXXX"),
      descriptor_(mkostemp(name_.data(), O_CLOEXEC)) { // mode 0600
    if (!descriptor_.is_open()) {
        throw model::SystemError("cannot write beside " + shown(target), errno);
    }
}

Replacement::~Replacement() {
    if (!done_) {
        unlink(name_.c_str());
    }
}

void Replacement::fill(std::string_view text, const struct stat* like) {
    write_all(descriptor_.get(), text, name_);
    constexpr unsigned mode_bits = 07777;
    // Owner first: chown(2) takes bits of the mode away.
    const bool kept = like == nullptr || (fchown(descriptor_.get(), like->st_uid, like->st_gid) == 0 &&
                                          fchmod(descriptor_.get(), like->st_mode & mode_bits) == 0);
    if (!kept || fsync(descriptor_.get()) != 0) {
        throw model::SystemError("cannot write " + shown(target_), errno);
    }
}

void Replacement::take_place() {
    if (rename(name_.c_str(), target_.c_str()) != 0) {
        throw model::SystemError("cannot replace " + shown(target_), errno);
    }
    done_ = true;
}

} // namespace fwlearn::cli
