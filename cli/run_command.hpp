// Runs somebody's command with bytes on its standard input, and nowhere else: no part of them is in its
// arguments or its environment. Private to this room; used by audit.
#pragma once

#include <chrono>
#include <string>

namespace fwlearn::cli {

enum class CommandEnd {
    well,
    badly, ///< it could not be run, failed, or was killed by somebody else
    late,  ///< it took longer than `limit`, and was killed with all that it started in its process group
};

/// By /bin/sh -c.
CommandEnd run_command(const std::string& command, const std::string& input, std::chrono::milliseconds limit);

/// How long the next one may take: one that hangs each time would keep what there is to tell waiting for half
/// a minute times the findings.
class CommandPatience {
  public:
    [[nodiscard]] std::chrono::milliseconds limit() const {
        return late_ < most_late ? std::chrono::seconds(30) : std::chrono::seconds(1);
    }
    void begin_round() { late_ = 0; }
    void ended(CommandEnd end) { late_ = end == CommandEnd::late ? late_ + 1 : 0; }

  private:
    static constexpr unsigned most_late = 2;
    unsigned late_ = 0; ///< one after another
};

} // namespace fwlearn::cli
