#include "name_rows.hpp"

#include "row_of.hpp"

namespace fwlearn::sql {

NameRows::NameRows(Connection& connection)
    : find_(connection.database(), "SELECT id FROM names WHERE name = ?"),
      add_(connection.database(), "INSERT INTO names (name) VALUES (?) RETURNING id"),
      add_up_(
          connection.database(),
          "INSERT INTO name_bindings (address, name_id, process_id, source, first_seen, last_seen, count) "
          "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
          "first_seen = min(first_seen, excluded.first_seen), "
          "last_seen = max(last_seen, excluded.last_seen), "
          "count = min(count + excluded.count, 9223372036854775807)") {}

void NameRows::add(const model::NameBinding& binding, BatchRows& rows) {
    Use(add_up_)
        .with(binding.address, row_of(names_, binding.name, find_, add_, binding.name),
              rows.process(binding.process), binding.source, binding.first_seen, binding.last_seen,
              binding.count)
        .run();
}

} // namespace fwlearn::sql
