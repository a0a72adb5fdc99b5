// A cgroup that gets no more than a tenth of one CPU's time. Where whoever makes flows has one CPU, that is
// how one finds out what a listener could take if more were made. By cgroup v2's cpu controller or, where
// that one is elsewhere, v1's. Knows nothing of who is in it. Used by Listener.
#pragma once

#include <ground/failure.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace fwlearn::bench {

class ShareOfACpu {
  public:
    static constexpr double part = 0.1;

    /// Gone with the object. Throws where this machine has no such controller.
    ShareOfACpu() {
        // Of ten milliseconds one (Documentation/admin-guide/cgroup-v2.rst; cgroup-v1 in
        // Documentation/scheduler/sched-bwc.rst): what comes meanwhile has room in any receive buffer.
        if (make("/sys/fs/cgroup", "cpu.max")) {
            write_to("cpu.max", "1000 10000");
        } else if (make("/sys/fs/cgroup/cpu", "cpu.cfs_quota_us")) {
            write_to("cpu.cfs_period_us", "10000");
            write_to("cpu.cfs_quota_us", "1000");
        } else {
            throw std::runtime_error("no cgroup's processor time can be limited here");
        }
    }
    ~ShareOfACpu() { rmdir(path_.c_str()); }
    ShareOfACpu(const ShareOfACpu&) = delete;
    ShareOfACpu& operator=(const ShareOfACpu&) = delete;

    /// The calling process, and all that it starts from now on.
    void enter() const { write_to("cgroup.procs", "0"); }

  private:
    /// False where a cgroup there has no such file.
    bool make(const std::filesystem::path& root, const char* file) {
        path_ = root / ("fwlearn-bench-share-" + std::to_string(getpid()));
        if (mkdir(path_.c_str(), 0755) != 0) { // NOLINT: all may look
            return false;
        }
        if (!std::filesystem::exists(path_ / file)) {
            rmdir(path_.c_str());
            return false;
        }
        return true;
    }
    void write_to(const char* file, const char* text) const {
        std::ofstream stream(path_ / file);
        stream << text << std::flush;
        if (!stream) {
            throw std::runtime_error("cannot write to " + (path_ / file).string());
        }
    }

    std::filesystem::path path_;
};

} // namespace fwlearn::bench
