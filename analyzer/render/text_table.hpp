// Lines of cells in aligned columns within a width. Cells are printable ASCII already. Private to render.
#pragma once

#include "analyzer/render/style.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace fwlearn::analyzer {

class TextTable {
  public:
    /// Columns whose heading begins with "!" are never cut. Those with "+" go to a line of their own below
    /// each row where the width is less than 160. The marks are not printed.
    explicit TextTable(std::vector<std::string> headings);

    /// As many cells as there are headings.
    void add(std::initializer_list<std::string> row);
    /// Cells that do not fit are cut, the widest column first, and end in "...".
    [[nodiscard]] std::string print(const TableStyle& style) const;

  private:
    [[nodiscard]] std::vector<std::size_t> natural_widths() const;
    void shrink(std::vector<std::size_t>& widths, std::size_t available) const;

    [[nodiscard]] std::size_t columns() const { return whole_.size(); }
    [[nodiscard]] std::size_t rows() const { return ends_.size() / columns(); } ///< the headings are one
    [[nodiscard]] std::string_view cell(std::size_t row, std::size_t column) const;

    std::string text_;              ///< all cells, row by row: an audit may have a million rows
    std::vector<std::size_t> ends_; ///< where each one's text ends
    std::vector<bool> whole_;       ///< by column: never cut
    std::vector<bool> below_;       ///< by column: may go below
};

/// The text in bold, or in yellow, where the style has colours.
std::string bold(const std::string& text, const TableStyle& style);
std::string warning(const std::string& text, const TableStyle& style);

} // namespace fwlearn::analyzer
