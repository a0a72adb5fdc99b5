#include "open_for_reading.hpp"

#include "database_file.hpp"
#include "migrate.hpp"

#include <model/errors.hpp>

namespace fwlearn::sql {
namespace {

void require_known_schema(Connection& connection) {
    const auto known = static_cast<std::int64_t>(migrations().size());
    const std::int64_t schema = schema_of(connection);
    refuse_newer(connection, schema, known);
    if (schema == 0) {
        throw model::SqlError(printable(connection.path()) +
                              " is empty: run `fwlearn observe` first, or name another with --db");
    }
    if (schema < known) {
        throw model::SqlError(printable(connection.path()) + " is from an older fwlearn (schema " +
                              std::to_string(schema) + ", this one reads " + std::to_string(known) +
                              "): run `fwlearn observe` or `fwlearn import` on it once, which upgrades it");
    }
}

} // namespace

Connection open_for_reading(const std::filesystem::path& path) {
    require_readable(path);
    Connection connection = Connection::for_reading(path);
    require_known_schema(connection);
    return connection;
}

} // namespace fwlearn::sql
