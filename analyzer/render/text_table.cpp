#include "text_table.hpp"

#include <algorithm>
#include <numeric>

namespace fwlearn::analyzer {
namespace {

constexpr std::size_t gutter = 2;

std::string fitted(const std::string& cell, std::size_t width) {
    if (cell.size() <= width) {
        return cell;
    }
    return width <= 3 ? cell.substr(0, width) : cell.substr(0, width - 3) + "...";
}

} // namespace

TextTable::TextTable(std::vector<std::string> headings) {
    for (auto& heading : headings) {
        whole_.push_back(heading.front() == '!');
        if (whole_.back()) {
            heading.erase(0, 1);
        }
    }
    rows_.push_back(std::move(headings));
}

std::vector<std::size_t> TextTable::widths(std::size_t available) const {
    constexpr std::size_t narrowest = 6;
    std::vector<std::size_t> widths(rows_.front().size(), 0);
    for (const auto& row : rows_) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    std::size_t total = gutter * (widths.size() - 1);
    total = std::accumulate(widths.begin(), widths.end(), total);
    while (total > available) {
        std::size_t widest = widths.size();
        for (std::size_t column = 0; column < widths.size(); ++column) {
            const bool may_be_cut = !whole_[column] && widths[column] > narrowest;
            if (may_be_cut && (widest == widths.size() || widths[column] > widths[widest])) {
                widest = column;
            }
        }
        if (widest == widths.size()) {
            break;
        }
        --widths[widest];
        --total;
    }
    return widths;
}

std::string TextTable::print(const TableStyle& style) const {
    constexpr unsigned least = 40;
    const auto columns = widths(std::max(style.width, least));
    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            const auto cell = fitted(row[column], columns[column]);
            line += cell;
            if (column + 1 < row.size()) {
                line.append(columns[column] - cell.size() + gutter, ' ');
            }
        }
        line.erase(line.find_last_not_of(' ') + 1);
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
