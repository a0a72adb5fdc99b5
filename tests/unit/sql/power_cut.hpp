// A disk whose power can be cut: an SQLite VFS in front of the usual one that keeps what was written since
// the last xSync apart, and at the cut applies any part of it, in any order, torn within sectors' bounds or
// not at all. Knows nothing of records. LevelDB's FaultInjectionTestEnv is the model.
#pragma once

#include <filesystem>
#include <random>

namespace fwlearn::sql::test {

class PowerCut {
  public:
    /// From here on every database is opened through it, until the object goes.
    PowerCut();
    ~PowerCut();
    PowerCut(const PowerCut&) = delete;
    PowerCut& operator=(const PowerCut&) = delete;

    /// Puts into `target` what a disk may hold of `directory` when the power goes at this moment.
    static void cut(const std::filesystem::path& directory, const std::filesystem::path& target,
                    std::mt19937& random);
};

} // namespace fwlearn::sql::test
