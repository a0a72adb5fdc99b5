// A file system of a few megabytes that can be filled, emptied and made read-only: a tmpfs in a mount
// namespace of the test program's own, gone with the object. Knows nothing of records. Used by the tests of
// what the record does on a bad disk.
#pragma once

#include "../../needs_root.hpp"
#include "support.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

namespace fwlearn::sql::test {

class SmallDisk {
  public:
    /// No more than so many files and folders; 0: as many as it likes.
    explicit SmallDisk(std::size_t megabytes, std::size_t inodes = 0) {
        static const bool apart =
            ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
        const std::string options = "mode=0700,size=" + std::to_string(megabytes) + "m" +
                                    (inodes == 0 ? "" : ",nr_inodes=" + std::to_string(inodes));
        if (!apart || ::mount("fwlearn-test", directory_.path().c_str(), "tmpfs", 0, options.c_str()) != 0) {
            throw std::runtime_error("cannot mount a tmpfs");
        }
    }
    ~SmallDisk() { ::umount2(directory_.path().c_str(), MNT_DETACH); }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return directory_ / name; }

    /// To the last byte.
    void fill() const {
        const int descriptor = ::open((*this / "filler").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        const std::string block(4096, 'x');
        while (::write(descriptor, block.data(), block.size()) > 0) {
        }
        ::close(descriptor);
    }
    void make_room() const { std::filesystem::remove(*this / "filler"); }

  private:
    TemporaryDirectory directory_;
};

/// Whether there can be one here.
inline bool may_mount() {
    return tests::has_root();
}

} // namespace fwlearn::sql::test
