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

std::vector<std::size_t> widths_of(const std::vector<std::vector<std::string>>& rows, std::size_t available) {
    constexpr std::size_t narrowest = 6;
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const auto& row : rows) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    const auto total = [&widths] {
        return std::accumulate(widths.begin(), widths.end(), gutter * (widths.size() - 1));
    };
    while (total() > available) {
        const auto widest = std::max_element(widths.begin(), widths.end());
        if (*widest <= narrowest) {
            break;
        }
        *widest -= std::min(*widest - narrowest, total() - available);
    }
    return widths;
}

} // namespace

std::string TextTable::print(const TableStyle& style) const {
    constexpr unsigned least = 40;
    const auto widths = widths_of(rows_, std::max(style.width, least));
    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            const auto cell = fitted(row[column], widths[column]);
            line += cell;
            if (column + 1 < row.size()) {
                line.append(widths[column] - cell.size() + gutter, ' ');
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
