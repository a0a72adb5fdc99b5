#include "text_table.hpp"

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

constexpr std::size_t gutter = 2;

/// Appends as much of the cell as fits; how much that was.
std::size_t append_fitted(std::string& line, std::string_view cell, std::size_t width) {
    if (cell.size() <= width) {
        line += cell;
        return cell.size();
    }
    constexpr std::string_view cut = "...";
    if (width <= cut.size()) {
        line += cell.substr(0, width);
    } else {
        line += cell.substr(0, width - cut.size());
        line += cut;
    }
    return width;
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
        text_ += std::string_view(heading).substr(whole_.back() || below_.back() ? 1 : 0);
        ends_.push_back(text_.size());
    }
}

void TextTable::add(std::initializer_list<std::string> row) {
    for (const auto& cell : row) {
        text_ += cell;
        ends_.push_back(text_.size());
    }
}

std::string_view TextTable::cell(std::size_t row, std::size_t column) const {
    const auto index = row * columns() + column;
    const auto begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(text_).substr(begin, ends_[index] - begin);
}

std::vector<std::size_t> TextTable::natural_widths() const {
    std::vector<std::size_t> widths(columns(), 0);
    for (std::size_t row = 0; row < rows(); ++row) {
        for (std::size_t column = 0; column < columns(); ++column) {
            widths[column] = std::max(widths[column], cell(row, column).size());
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
    auto widths = natural_widths();
    // By the width alone: what somebody called his process must not decide how the table looks.
    constexpr std::size_t wide = 160;
    const bool folded = available < wide;
    for (std::size_t column = 0; folded && column < columns(); ++column) {
        widths[column] = below_[column] ? 0 : widths[column];
    }
    shrink(widths, available);
    std::string text;
    text.reserve(rows() * (total_of(widths) + gutter) + (folded ? text_.size() : 0));
    std::string line;
    std::string second;
    for (std::size_t row = 0; row < rows(); ++row) {
        line.clear();
        second.clear();
        for (std::size_t column = 0; column < columns(); ++column) {
            if (folded && below_[column]) {
                second.append(second.empty() ? 2 * gutter : gutter, ' ') += cell(row, column);
                continue;
            }
            const auto shown = append_fitted(line, cell(row, column), widths[column]);
            line.append(widths[column] - shown + gutter, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        if (!second.empty()) {
            line += '\n';
            append_fitted(line, second, available);
        }
        text += row == 0 ? bold(line, style) : line;
        text += '\n';
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
