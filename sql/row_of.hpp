// The row id of a value: remembered, or found, or added. One algorithm for the four dictionaries of a
// record (processes, tasks, interfaces, names).
// Knows no table. Called by identity_rows and name_rows.
#pragma once

#include "statement.hpp"

#include <cstddef>

namespace fwlearn::sql {

/// So many values of a kind are remembered; when there are more, all are forgotten and looked up again.
inline constexpr std::size_t remembered_rows = 65536;

/// `find` selects an id and `add` returns one (INSERT ... RETURNING id), each with its own parameters bound.
template <typename Map, typename BindFind, typename BindAdd>
std::int64_t row_of(Map& remembered, const typename Map::key_type& value, SQLite::Statement& find,
                    const BindFind& bind_find, SQLite::Statement& add, const BindAdd& bind_add) {
    if (const auto known = remembered.find(value); known != remembered.end()) {
        return known->second;
    }
    std::int64_t id = 0;
    if (Use found(find); bind_find(found).step()) {
        id = found.column(0).getInt64();
    } else {
        Use added(add);
        bind_add(added).step();
        id = added.column(0).getInt64();
    }
    if (remembered.size() >= remembered_rows) {
        remembered.clear();
    }
    remembered.emplace(value, id);
    return id;
}

/// The same where both take `columns`.
template <typename Map, typename... Columns>
std::int64_t row_of(Map& remembered, const typename Map::key_type& value, SQLite::Statement& find,
                    SQLite::Statement& add, const Columns&... columns) {
    const auto bind = [&columns...](Use& use) -> Use& { return use.with(columns...); };
    return row_of(remembered, value, find, bind, add, bind);
}

} // namespace fwlearn::sql
