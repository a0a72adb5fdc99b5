#include "name_rows.hpp"

#include "row_of.hpp"

namespace fwlearn::sql {

NameRows::NameRows(Connection& connection)
    : find_(connection.database(), "SELECT id FROM names WHERE name = ?"),
      add_(connection.database(), "INSERT INTO names (name) VALUES (?) RETURNING id"),
      add_up_(
          connection.database(),
          "INSERT INTO name_bindings (address, name_id, process_id, source, first_seen, last_seen, count, "
          "ttl, canonical) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
          "first_seen = min(first_seen, excluded.first_seen), "
          "last_seen = max(last_seen, excluded.last_seen), "
          "ttl = max(ttl, excluded.ttl), canonical = excluded.canonical, "
          "count = min(count + excluded.count, 9223372036854775807)"),
      clear_configured_(connection.database(), "DELETE FROM configured"),
      add_configured_(connection.database(),
                      "INSERT INTO configured (kind, file, line, name, address, protocol, detail) "
                      "VALUES (?, ?, ?, ?, ?, ?, ?)") {}

std::int64_t NameRows::row(const model::ForeignText& name) {
    return row_of(names_, name, find_, add_, name);
}

void NameRows::replace(const std::vector<model::Configured>& configured) {
    Use(clear_configured_).run();
    for (const auto& setting : configured) {
        Use(add_configured_)
            .with(setting.kind, setting.file, setting.line, setting.name, setting.address,
                  setting.service.protocol.number, setting.service.detail)
            .run();
    }
}

void NameRows::add(const model::NameBinding& binding, BatchRows& rows) {
    Use(add_up_)
        .with(binding.address, row(binding.name), rows.process(binding.process), binding.source,
              binding.first_seen, binding.last_seen, binding.count, binding.ttl, binding.canonical)
        .run();
}

} // namespace fwlearn::sql
