// The exceptions that the edges throw and that cli/app catches, once. What can be expected is a value
// instead: a malformed packet is nothing and a counter, a lost event is a CaptureGap.
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

namespace fwlearn::model {

/// what() is one line for stderr that says what, why and what to do, and holds no foreign control byte.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The operating system refused something.
class SystemError : public Error {
  public:
    explicit SystemError(const std::string& line) : Error(line) {}
    /// "WHAT: Permission denied"
    SystemError(const std::string& what, int error_number)
        : Error(what + ": " + std::generic_category().message(error_number)), error_number_(error_number) {}
    /// errno, or 0 where there was none.
    [[nodiscard]] int error_number() const { return error_number_; }

  private:
    int error_number_ = 0;
};

/// The database cannot be opened, read or written.
class SqlError : public Error {
  public:
    using Error::Error;
};

/// The command line, or a file given on it, cannot be understood.
class UsageError : public Error {
  public:
    using Error::Error;
};

} // namespace fwlearn::model
