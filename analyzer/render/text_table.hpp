// Lines of cells in aligned columns within a width. Cells are printable ASCII already. Private to render.
#pragma once

#include "analyzer/render/style.hpp"

#include <string>
#include <vector>

namespace fwlearn::analyzer {

class TextTable {
  public:
    explicit TextTable(std::vector<std::string> headings) : rows_{std::move(headings)} {}

    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    /// Cells that do not fit are cut, the widest column first, and end in "...".
    [[nodiscard]] std::string print(const TableStyle& style) const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

/// The text in bold, or in yellow, where the style has colours.
std::string bold(const std::string& text, const TableStyle& style);
std::string warning(const std::string& text, const TableStyle& style);

} // namespace fwlearn::analyzer
