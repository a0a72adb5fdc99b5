// A file system that is soon full, or can be made read-only.
// Knows nothing of what is put there. Used by disk_test and way_back_test.
#pragma once

#include "failure.hpp"
#include "temporary.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>

namespace fwlearn::kernel_test {

/// A tmpfs of a few megabytes, in a mount namespace of this program's own.
class SmallDisk {
  public:
    explicit SmallDisk(const std::string& size) {
        static const bool apart =
            unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0;
        const auto options = "mode=0700,size=" + size;
        if (!apart || mount("fwlearn-test", path().c_str(), "tmpfs", 0, options.c_str()) != 0) {
            fail("cannot mount a tmpfs");
        }
    }
    ~SmallDisk() { umount2(path().c_str(), MNT_DETACH); }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }
    void fill() const {
        const int filler = open((path() / "filler").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        const std::string block(4096, 'x');
        while (write(filler, block.data(), block.size()) > 0) {
        }
        close(filler);
    }
    void empty() const { std::filesystem::remove(path() / "filler"); }
    void allow_writing(bool allowed) const {
        const unsigned long flags = allowed ? MS_REMOUNT : MS_REMOUNT | MS_RDONLY;
        must(mount(nullptr, path().c_str(), nullptr, flags, nullptr), "cannot remount a tmpfs");
    }

  private:
    TemporaryDirectory directory_;
};

} // namespace fwlearn::kernel_test
