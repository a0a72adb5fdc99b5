// A network namespace for nft, and a directory for its files: both go with the object, and the machine's own
// ruleset is never touched. Knows nothing of whitelists. Used by the tests that ask nft itself.
#pragma once

#include <filesystem>
#include <string>

namespace fwlearn::tests {

struct ScriptResult {
    int status = 0;
    std::string log; ///< all that it said
};

class ThrowawayNamespace {
  public:
    ThrowawayNamespace();
    ~ThrowawayNamespace();
    ThrowawayNamespace(const ThrowawayNamespace&) = delete;
    ThrowawayNamespace& operator=(const ThrowawayNamespace&) = delete;

    void write(const std::string& name, const std::string& content) const;
    /// Runs a shell script in the directory and in a namespace that is new each time. It ends at the first
    /// command that fails.
    [[nodiscard]] ScriptResult run(const std::string& script) const;

    /// With root's rights, or with those of a user namespace.
    static bool is_possible();

  private:
    std::filesystem::path path_;
};

} // namespace fwlearn::tests
