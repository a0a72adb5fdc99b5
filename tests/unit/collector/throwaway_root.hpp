// A root of files of its own for every test; gone with it.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

class ThrowawayRoot {
  public:
    ThrowawayRoot() {
        std::string name = (std::filesystem::temp_directory_path() / "fwlearn-root-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~ThrowawayRoot() { std::filesystem::remove_all(path_); }
    ThrowawayRoot(const ThrowawayRoot&) = delete;
    ThrowawayRoot& operator=(const ThrowawayRoot&) = delete;

    void write(const std::string& name, const std::string& text, unsigned mode = 0644) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << text;
        std::filesystem::permissions(path_ / name, static_cast<std::filesystem::perms>(mode));
    }
    void link(const std::string& name, const std::string& target) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::filesystem::create_symlink(target, path_ / name);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};
