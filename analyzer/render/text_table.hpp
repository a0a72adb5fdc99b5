// Lines of cells in aligned columns within a width. Cells are printable ASCII already. Private to render.
#pragma once

#include "analyzer/render/style.hpp"

#include <string>
#include <vector>

namespace fwlearn::analyzer {

class TextTable {
  public:
    /// Columns whose heading begins with "!" are never cut. Those with "+" go to a line of their own below
    /// each row where the width is less than 160. The marks are not printed.
    explicit TextTable(std::vector<std::string> headings);

    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    /// Cells that do not fit are cut, the widest column first, and end in "...".
    [[nodiscard]] std::string print(const TableStyle& style) const;

  private:
    [[nodiscard]] std::vector<std::size_t> natural_widths() const;
    void shrink(std::vector<std::size_t>& widths, std::size_t available) const;

    std::vector<std::vector<std::string>> rows_;
    std::vector<bool> whole_; ///< by column: never cut
    std::vector<bool> below_; ///< by column: may go below
};

/// The text in bold, or in yellow, where the style has colours.
std::string bold(const std::string& text, const TableStyle& style);
std::string warning(const std::string& text, const TableStyle& style);

} // namespace fwlearn::analyzer
