// A new file beside another, which takes its place, all at once and for good, or goes.
// Private to this room; used for files of which half would be worse than none.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace fwlearn::cli {

/// A file descriptor of its own.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return number_; }
    [[nodiscard]] bool is_open() const { return number_ >= 0; }

  private:
    int number_;
};

/// Every member throws model::SystemError.
class Replacement {
  public:
    /// With mode 0600. Throws where none could be put there.
    explicit Replacement(const std::filesystem::path& target);
    ~Replacement();
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

    /// Owner and mode are those of `like`, where it is given.
    void fill(std::string_view text, const struct stat* like);
    void take_place();

  private:
    std::filesystem::path target_;
    std::string name_;
    Descriptor descriptor_;
    bool done_ = false;
};

} // namespace fwlearn::cli
