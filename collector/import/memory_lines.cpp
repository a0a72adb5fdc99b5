#include "import/line_source.hpp"

namespace fwlearn::import {

std::optional<Line> MemoryLines::next() {
    if (rest_.empty()) {
        return std::nullopt;
    }
    const auto end = rest_.find('\n');
    std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++number_;
    if (text.size() > longest_line) {
        return Line{{}, number_, true};
    }
    if (text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    return Line{text, number_, false};
}

} // namespace fwlearn::import
