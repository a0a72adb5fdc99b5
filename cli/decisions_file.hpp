// The file of decisions on disk: /etc/fwlearn/decisions.toml, or the one that was named. Whoever may write it
// decides what leaves this host, so root takes no word from a file that others may write.
// Private to this room; called by whitelist_options and review.
#pragma once

#include <model/decisions.hpp>

#include <filesystem>
#include <vector>

namespace fwlearn::cli {

class DecisionsFile {
  public:
    static constexpr const char* default_path = "/etc/fwlearn/decisions.toml";

    /// Empty: the default one, which need not be there.
    explicit DecisionsFile(const std::filesystem::path& given);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Throws model::UsageError for what is no file of decisions, model::SystemError where it cannot be read.
    [[nodiscard]] std::vector<model::Decision> read() const;

    /// The same, and throws where append() could not do its work.
    [[nodiscard]] std::vector<model::Decision> read_to_append() const;

    /// Puts them at the end: all at once and for good, or none. What is there stays, byte for byte.
    void append(const std::vector<model::Decision>& decisions) const;

  private:
    struct Content;
    [[nodiscard]] Content load(bool may_be_missing) const;
    [[nodiscard]] std::filesystem::path folder() const;

    std::filesystem::path path_;
    bool given_;
};

} // namespace fwlearn::cli
