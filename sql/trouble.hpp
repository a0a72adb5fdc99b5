// What is wrong when a record cannot be read or written, as far as it makes a difference to what to do next.
// Knows nothing of what is done about it. Thrown by explained() and throw_damaged(), told apart by Keeper.
#pragma once

#include <model/errors.hpp>

#include <cstdint>
#include <string>

namespace fwlearn::sql {

enum class Trouble : std::uint8_t {
    locked,    ///< by another process
    full,      ///< no space on the file system
    read_only, ///< the file system, or the file's mode
    damaged,   ///< what is in the file is no database, or no sound one
    other,     ///< input and output errors, and what nobody expected
};

class StorageError : public model::SqlError {
  public:
    StorageError(Trouble trouble, const std::string& line) : SqlError(line), trouble_(trouble) {}
    [[nodiscard]] Trouble trouble() const { return trouble_; }

  private:
    Trouble trouble_;
};

} // namespace fwlearn::sql
