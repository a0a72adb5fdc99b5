// A file system that becomes read-only while files on it are open for writing, as ext4 does after an error of
// its disk, and is mounted anew later: an image on a loop device, in a mount namespace of the test program's
// own. Knows nothing of records. Used by the tests of what the record does on a bad disk.
#pragma once

#include "small_disk.hpp"

namespace fwlearn::sql::test {

class FailingDisk {
  public:
    FailingDisk() : mount_(1) {
        const std::string image = image_();
        run("truncate -s 16M " + image + " && mkfs.ext4 -q -F " + image);
        attach();
    }
    ~FailingDisk() {
        for (std::size_t times = 0; times < devices_.size(); ++times) {
            ::umount2((mount_ / "").c_str(), MNT_DETACH);
        }
        for (const auto& device : devices_) {
            run("losetup -d " + device);
        }
    }
    FailingDisk(const FailingDisk&) = delete;
    FailingDisk& operator=(const FailingDisk&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return mount_ / name; }

    /// ext4(5): what follows an error; unlike remount,ro it does not ask who has files open. What was not
    /// synced before would be lost, as by a power cut, which is not what is asked here.
    void fail() {
        run("sync --file-system " + (mount_ / "").string() + " && mount -o remount,abort " +
            (mount_ / "").string());
    }
    /// As after a repair. By another device, or the kernel would find the file system that failed in use.
    void repair() { attach(); }

  private:
    [[nodiscard]] std::string image_() const { return (images_ / "image").string(); }

    static std::string run(const std::string& command) {
        FILE* const output = ::popen(command.c_str(), "r");
        std::string said;
        for (int character = 0; (character = ::fgetc(output)) != EOF;) {
            said += static_cast<char>(character);
        }
        if (::pclose(output) != 0) {
            throw std::runtime_error(command);
        }
        return said.substr(0, said.find('\n'));
    }

    void attach() {
        const auto device = run("losetup --find --show " + image_());
        devices_.push_back(device);
        run("mount -t ext4 " + device + " " + (mount_ / "").string());
    }

    SmallDisk mount_; ///< only for its directory and its namespace
    TemporaryDirectory images_;
    std::vector<std::string> devices_;
};

} // namespace fwlearn::sql::test
