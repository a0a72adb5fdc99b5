#include "zeek_tsv.hpp"

#include <algorithm>
#include <charconv>

namespace fwlearn::import {
namespace {

/// Takes what is before the next separator; `text` becomes nothing after the last part.
std::string_view take_part(std::optional<std::string_view>& text, std::string_view separator) {
    const auto end = text->find(separator);
    const auto part = text->substr(0, end);
    if (end == std::string_view::npos) {
        text.reset();
    } else {
        text->remove_prefix(end + separator.size());
    }
    return part;
}

} // namespace

std::string unescape(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned byte = 0;
        if (text[at] == '\\' && text.substr(at + 1, 1) == "\\") {
            bytes += '\\';
            ++at;
        } else if (text[at] == '\\' && text.substr(at + 1, 1) == "x" && at + 3 < text.size() &&
                   std::from_chars(text.data() + at + 2, text.data() + at + 4, byte, 16).ptr ==
                       text.data() + at + 4) {
            bytes += static_cast<char>(static_cast<unsigned char>(byte));
            at += 3;
        } else {
            bytes += text[at];
        }
    }
    return bytes;
}

void ZeekTsv::header(std::string_view line) {
    constexpr std::string_view separator_line = "#separator ";
    if (line.starts_with(separator_line)) {
        *this = {}; // the first line of a header
        separator_ = unescape(line.substr(separator_line.size()));
        if (separator_.empty()) {
            separator_ = "\t";
        }
        return;
    }
    std::optional<std::string_view> rest = line;
    const auto key = take_part(rest, separator_);
    const auto value = rest.value_or("");
    if (key == "#fields") {
        fields_.clear();
        while (rest) {
            fields_.push_back(column_of(take_part(rest, separator_)));
        }
    } else if (key == "#path") {
        path_ = value;
    } else if (key == "#set_separator" && !value.empty()) {
        set_separator_ = unescape(value);
    } else if (key == "#empty_field") {
        empty_field_ = value;
    } else if (key == "#unset_field") {
        unset_field_ = value;
    }
}

bool ZeekTsv::has(Column column) const {
    return std::find(fields_.begin(), fields_.end(), column) != fields_.end();
}

std::optional<std::string> ZeekTsv::read(std::string_view line, Row& row) const {
    if (fields_.empty()) {
        return "no #fields line comes before it";
    }
    row.clear();
    std::size_t count = 0;
    for (std::optional<std::string_view> rest = line; rest; ++count) {
        const auto value = take_part(rest, separator_);
        if (count < fields_.size() && fields_[count] && value != unset_field_) {
            read_value(*fields_[count], value, row);
        }
    }
    if (count != fields_.size()) {
        return "has " + std::to_string(count) + " columns, and #fields names " +
               std::to_string(fields_.size());
    }
    return std::nullopt;
}

void ZeekTsv::read_value(Column column, std::string_view value, Row& row) const {
    if (value == empty_field_) {
        row.set(column, "");
    } else if (column != Column::answers) {
        row.set(column, unescape(value));
    } else {
        // The separator inside of an element is escaped, so splitting comes before unescaping.
        for (std::optional<std::string_view> rest = value; rest;) {
            row.add_answer(unescape(take_part(rest, set_separator_)));
        }
    }
}

} // namespace fwlearn::import
