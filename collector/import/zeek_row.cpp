#include "zeek_row.hpp"

#include <algorithm>

namespace fwlearn::import {
namespace {

constexpr std::array<std::string_view, columns> names{
    "_path",      "ts",       "id.orig_h", "id.orig_p",     "id.resp_h",  "id.resp_p",
    "proto",      "ip_proto", "duration",  "orig_bytes",    "resp_bytes", "conn_state",
    "local_orig", "history",  "orig_pkts", "orig_ip_bytes", "resp_pkts",  "resp_ip_bytes",
    "query",      "qtype",    "rcode",     "answers"};

} // namespace

std::optional<Column> column_of(std::string_view name) {
    const auto* const found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        return std::nullopt;
    }
    return static_cast<Column>(found - names.begin());
}

void Row::clear() {
    is_set_.reset();
    answers_.clear();
}

void Row::set(Column column, std::string_view text) {
    texts_[static_cast<std::size_t>(column)] = text;
    is_set_.set(static_cast<std::size_t>(column));
}

void Row::add_answer(std::string_view text) {
    is_set_.set(static_cast<std::size_t>(Column::answers));
    answers_.emplace_back(text);
}

std::optional<std::string_view> Row::operator[](Column column) const {
    if (!has(column)) {
        return std::nullopt;
    }
    return texts_[static_cast<std::size_t>(column)];
}

} // namespace fwlearn::import
