// A directory of the test's own, gone with the object.
// Knows nothing of what is put there. Used by the kernel tests.
#pragma once

#include "failure.hpp"

#include <cstdlib>
#include <filesystem>

namespace fwlearn::kernel_test {

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "fwlearn-kernel-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) {
            fail("mkdtemp");
        }
        path_ = pattern;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

} // namespace fwlearn::kernel_test
