#include "firewall/state_directory.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <thread>
#include <utility>

namespace fwlearn::firewall {
namespace {

constexpr mode_t for_owner = S_IRUSR | S_IWUSR;

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& path, int number) {
    throw model::SystemError("cannot " + what + " " + model::for_terminal(model::ForeignText(path.string())) +
                                 (number == EACCES ? " (needs root, or --state elsewhere)" : ""),
                             number);
}

/// Closes itself.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) {
            close(number_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }

  private:
    int number_;
};

} // namespace

StateLock::~StateLock() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

StateLock::StateLock(StateLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

StateDirectory::StateDirectory(const std::filesystem::path& path)
    : path_(std::filesystem::absolute(path).lexically_normal()) {
    if (mkdir(path_.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
        fail("make the folder", path_, errno);
    }
    struct stat status {};
    if (stat(path_.c_str(), &status) != 0) {
        fail("look at", path_, errno);
    }
    if (!S_ISDIR(status.st_mode)) {
        fail("keep state in", path_, ENOTDIR);
    }
    if ((status.st_uid != geteuid() && status.st_uid != 0) || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        throw model::SystemError("cannot keep state in " +
                                 model::for_terminal(model::ForeignText(path_.string())) +
                                 ": others than its owner may write there (chmod 0700)");
    }
}

std::optional<StateLock> StateDirectory::try_lock(std::chrono::milliseconds patience) const {
    const auto path = path_ / "lock";
    // Only read: what cannot be written any more (EROFS) can still be locked, where it is there.
    Descriptor file(open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, for_owner));
    if (file.get() < 0) {
        fail("open", path, errno);
    }
    const auto until = std::chrono::steady_clock::now() + patience;
    while (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            fail("lock", path, errno);
        }
        if (std::chrono::steady_clock::now() >= until) {
            return std::nullopt;
        }
        // flock(2) can wait for ever or not at all.
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return StateLock(file.release());
}

std::optional<StateLock> StateDirectory::lock_if_possible(std::chrono::milliseconds patience) const {
    try {
        return try_lock(patience);
    } catch (const model::SystemError&) {
        return StateLock(-1);
    }
}

StateLock StateDirectory::lock() const {
    constexpr auto patience = std::chrono::seconds(2);
    auto held = try_lock(patience);
    if (!held) {
        throw model::SystemError(held_by_another);
    }
    return std::move(*held);
}

std::optional<std::string> StateDirectory::read(const std::string& name) const {
    const auto path = path_ / name;
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        fail("read", path, errno);
    }
    std::string content;
    std::array<char, 65536> piece{};
    for (;;) {
        const auto got = ::read(file.get(), piece.data(), piece.size());
        if (got == 0) {
            return content;
        }
        if (got < 0 && errno != EINTR) {
            fail("read", path, errno);
        }
        content.append(piece.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    }
}

void StateDirectory::write(const std::string& name, const std::string& content) const {
    const auto path = path_ / (name + ".temporary");
    unlink(path.c_str());
    {
        const Descriptor file(
            open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, for_owner));
        if (file.get() < 0) {
            fail("write", path, errno);
        }
        for (std::size_t at = 0; at < content.size();) {
            const auto written = ::write(file.get(), content.data() + at, content.size() - at);
            if (written < 0 && errno != EINTR) {
                fail("write", path, errno);
            }
            at += written > 0 ? static_cast<std::size_t>(written) : 0;
        }
        if (fsync(file.get()) != 0) {
            fail("write", path, errno);
        }
    }
    rename(name + ".temporary", name);
}

void StateDirectory::rename(const std::string& from, const std::string& to) const {
    if (::rename((path_ / from).c_str(), (path_ / to).c_str()) != 0) {
        fail("write", path_ / to, errno);
    }
    sync();
}

void StateDirectory::remove(const std::string& name) const {
    if (unlink((path_ / name).c_str()) != 0 && errno != ENOENT) {
        fail("remove", path_ / name, errno);
    }
    sync();
}

void StateDirectory::sync() const {
    const Descriptor folder(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || fsync(folder.get()) != 0) {
        fail("write", path_, errno);
    }
}

} // namespace fwlearn::firewall
