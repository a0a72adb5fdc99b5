// The rows of program_files: what the host said of a file that was run, when it was last looked at.
// Knows nothing of processes and remembers nothing. Written by Writer, read by Reader, each within its
// transaction.
#pragma once

#include "connection.hpp"

#include <model/program_file.hpp>

#include <SQLiteCpp/Statement.h>

#include <vector>

namespace fwlearn::sql {

class ProgramRows {
  public:
    explicit ProgramRows(Connection& connection);

    /// In the place of what was there of its path.
    void put(const model::ProgramFile& program);

  private:
    SQLite::Statement put_;
};

/// By path.
std::vector<model::ProgramFile> read_programs(Connection& connection);

} // namespace fwlearn::sql
