// What the host says of the files that observed processes ran: a look at each when it is first seen, and
// again when dpkg has changed something. In bounded memory, and never in the way of a packet.
// Knows nothing of flows, and judges nothing. Called by the observer before a batch is written; the root is
// a parameter so that a test has its own.
#pragma once

#include <model/identities.hpp>
#include <model/program_file.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

namespace fwlearn::collector::host {

class ProgramFiles {
  public:
    /// `most`: paths that are kept apart; of further ones nothing is said, which the analyzer flags. No user
    /// but root may take more than an eighth, so that nobody runs junk until others are not looked at.
    explicit ProgramFiles(std::filesystem::path root, std::size_t most = 1U << 13U);

    /// The executables and scripts of the processes that `identities` was given since the last call, where
    /// they were not looked at before. Processes in containers, whose paths are not the host's, executables
    /// without a file and scripts by a path that does not begin at the root have none.
    std::vector<model::ProgramFile> look(const model::Identities& identities);
    /// All again, if dpkg has changed something since the last look; those that are now another. What was
    /// said of a file that is gone stays.
    std::vector<model::ProgramFile> look_again();
    /// Paths beyond `most`.
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  private:
    std::vector<model::ProgramFile> looked_at(const std::vector<model::ForeignText>& paths) const;

    std::filesystem::path root_;
    std::size_t most_;
    std::size_t most_of_one_; ///< of one user's
    std::filesystem::file_time_type dpkg_changed_;
    std::size_t next_ = 0; ///< the first number of a process that is not known yet
    std::map<model::ForeignText, model::ProgramFile> known_;    ///< by path, without it
    std::map<std::optional<std::uint32_t>, std::size_t> taken_; ///< by user: paths that he was first to run
    std::uint64_t left_out_ = 0;
};

} // namespace fwlearn::collector::host
