// A folder in memory for files with the fuzzer's bytes, for what reads files alone; gone with the process.
// Knows nothing of what is in them. Included by the targets.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace fwlearn::fuzz {

class FolderOfFiles {
  public:
    FolderOfFiles() {
        std::string name = "/dev/shm/fwlearn-fuzz.XXXXXX";
        if (mkdtemp(name.data()) == nullptr) {
            std::abort();
        }
        path_ = name;
    }
    ~FolderOfFiles() { std::filesystem::remove_all(path_); }
    FolderOfFiles(const FolderOfFiles&) = delete;
    FolderOfFiles& operator=(const FolderOfFiles&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    void write(const std::string& name, std::string_view bytes) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name, std::ios::binary)
            .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }

  private:
    std::filesystem::path path_;
};

} // namespace fwlearn::fuzz
