// One object of RainerScript, as rsyslog.conf(5) has them: action( name="value" ... ), over as many lines as
// it likes. Pure. Used by the reader of rsyslog's settings.
#pragma once

#include "text.hpp"

#include <map>

namespace fwlearn::collector::host::settings {

/// A text that is read from the front, and the line where it stands.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    [[nodiscard]] std::string_view rest() const { return rest_; }
    [[nodiscard]] std::uint32_t line() const { return line_; }
    [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }
    std::string_view take(std::size_t size);
    /// Blanks, newlines, and comments: from # to the line's end, and between the signs that C has for them.
    void skip_blanks();

  private:
    std::string_view rest_;
    std::uint32_t line_ = 1;
};

struct Parameter {
    std::uint32_t line = 0;
    std::vector<std::string> values; ///< several where it is an array
};
using Parameters = std::map<std::string, Parameter>; ///< names in small letters

/// From the opening parenthesis to the closing one; none where that is missing.
Parameters take_parameters(Cursor& cursor);

/// A string with its quotes, in which a backslash saves the byte after it.
std::string take_string(Cursor& cursor);

} // namespace fwlearn::collector::host::settings
