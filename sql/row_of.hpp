// The row id of a value: remembered, or found, or added. One algorithm for the four dictionaries of a
// record (processes, tasks, interfaces, names).
// Knows no table. Called by identity_rows and name_rows.
#pragma once

#include "statement.hpp"

#include <cstddef>

namespace fwlearn::sql {

/// So many values of a kind are remembered; when there are more, all are forgotten and looked up again.
inline constexpr std::size_t remembered_rows = 65536;

/// `find` selects an id and `add` returns one (INSERT ... RETURNING id); both take `columns`.
template <typename Map, typename... Columns>
std::int64_t row_of(Map& remembered, const typename Map::key_type& value, SQLite::Statement& find,
                    SQLite::Statement& add, const Columns&... columns) {
    if (const auto known = remembered.find(value); known != remembered.end()) {
        return known->second;
    }
    std::int64_t id = 0;
    if (Use found(find); found.with(columns...).step()) {
        id = found.column(0).getInt64();
    } else {
        Use added(add);
        added.with(columns...).step();
        id = added.column(0).getInt64();
    }
    if (remembered.size() >= remembered_rows) {
        remembered.clear();
    }
    remembered.emplace(value, id);
    return id;
}

} // namespace fwlearn::sql
