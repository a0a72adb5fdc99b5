// Zeek's own log format: header lines that name separators and columns, then one record a line. A file may
// hold several headers (rotated logs put together). Knows nothing of what columns mean. Called by
// import/zeek.
#pragma once

#include "zeek_row.hpp"

namespace fwlearn::import {

class ZeekTsv {
  public:
    /// A line that starts with '#'; one that is not known says nothing.
    void header(std::string_view line);
    /// Fills the row; else says why it cannot.
    std::optional<std::string> read(std::string_view line, Row& row) const;

    /// Of `#path`: "conn", "dns", ...
    [[nodiscard]] std::string_view path() const { return path_; }
    [[nodiscard]] bool has(Column column) const;

  private:
    void read_value(Column column, std::string_view value, Row& row) const;

    std::string separator_ = "\t";
    std::string set_separator_ = ",";
    std::string empty_field_ = "(empty)";
    std::string unset_field_ = "-";
    std::string path_;
    std::vector<std::optional<Column>> fields_; ///< by position; nothing: a column that is not read
};

/// `\xNN` and `\\` as the bytes that they stand for (Zeek writes every byte so that is not printable, and the
/// separators); anything else as it is.
std::string unescape(std::string_view text);

} // namespace fwlearn::import
