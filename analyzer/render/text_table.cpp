#include "text_table.hpp"

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

constexpr std::size_t gutter = 2;

std::string fitted(const std::string& cell, std::size_t width) {
    if (cell.size() <= width) {
        return cell;
    }
    return width <= 3 ? cell.substr(0, width) : cell.substr(0, width - 3) + "...";
}

/// With what is between them; a width of 0 is a column that is not there.
std::size_t total_of(const std::vector<std::size_t>& widths) {
    std::size_t total = 0;
    for (const auto width : widths) {
        total += width == 0 ? 0 : width + (total == 0 ? 0 : gutter);
    }
    return total;
}

} // namespace

TextTable::TextTable(std::vector<std::string> headings) {
    for (auto& heading : headings) {
        whole_.push_back(heading.front() == '!');
        below_.push_back(heading.front() == '+');
        if (whole_.back() || below_.back()) {
            heading.erase(0, 1);
        }
    }
    rows_.push_back(std::move(headings));
}

std::vector<std::size_t> TextTable::natural_widths() const {
    std::vector<std::size_t> widths(rows_.front().size(), 0);
    for (const auto& row : rows_) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    return widths;
}

/// The widest first; a width of 0 is a column that is not there.
void TextTable::shrink(std::vector<std::size_t>& widths, std::size_t available) const {
    constexpr std::size_t narrowest = 6;
    for (auto total = total_of(widths); total > available; --total) {
        std::size_t widest = widths.size();
        for (std::size_t column = 0; column < widths.size(); ++column) {
            const bool may_be_cut = !whole_[column] && widths[column] > narrowest;
            if (may_be_cut && (widest == widths.size() || widths[column] > widths[widest])) {
                widest = column;
            }
        }
        if (widest == widths.size()) {
            return;
        }
        --widths[widest];
    }
}

std::string TextTable::print(const TableStyle& style) const {
    constexpr unsigned least = 40;
    const std::size_t available = std::max(style.width, least);
    auto columns = natural_widths();
    // By the width alone: what somebody called his process must not decide how the table looks.
    constexpr std::size_t wide = 160;
    const bool folded = available < wide;
    for (std::size_t column = 0; folded && column < columns.size(); ++column) {
        columns[column] = below_[column] ? 0 : columns[column];
    }
    shrink(columns, available);
    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        std::string second;
        for (std::size_t column = 0; column < row.size(); ++column) {
            if (folded && below_[column]) {
                second += std::string(second.empty() ? 2 * gutter : gutter, ' ') + row[column];
                continue;
            }
            const auto cell = fitted(row[column], columns[column]);
            line += cell + std::string(columns[column] - cell.size() + gutter, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        if (!second.empty()) {
            line += "\n" + fitted(second, available);
        }
        text += (&row == &rows_.front() ? bold(line, style) : line) + "\n";
    }
    return text;
}

std::string bold(const std::string& text, const TableStyle& style) {
    return style.color ? "\x1b[1m" + text + "\x1b[0m" : text;
}

std::string warning(const std::string& text, const TableStyle& style) {
    return style.color ? "\x1b[33m" + text + "\x1b[0m" : text;
}

} // namespace fwlearn::analyzer
