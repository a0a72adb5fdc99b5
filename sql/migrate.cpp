#include "migrate.hpp"

#include "copies.hpp"
#include "database_file.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Transaction.h>

namespace fwlearn::sql {
namespace {

std::int64_t number(Connection& connection, const char* query) {
    return connection.database().execAndGet(query).getInt64();
}

/// Through SQLite's backup API, because a copy of the file alone would miss what is in the log. Under
/// another name first: whoever sees the final name sees a whole copy.
void copy_beside(Connection& connection, std::int64_t schema) {
    const std::filesystem::path copy = copy_of_schema(connection.path(), schema);
    std::filesystem::path unfinished = copy;
    unfinished += ".new";
    std::filesystem::remove(unfinished);
    create_private_file(unfinished);
    try {
        SQLite::Database target(uri_of(unfinished, "mode=rw"), SQLite::OPEN_READWRITE | SQLite::OPEN_URI);
        SQLite::Backup backup(target, connection.database());
        backup.executeStep(-1);
    } catch (const SQLite::Exception&) { // most often a full disk, on which it would lie until the next time
        std::error_code stays;
        std::filesystem::remove(unfinished, stays);
        throw;
    }
    std::filesystem::rename(unfinished, copy);
}

/// Only a copy of all of it turns that on in a file that has content. Where there is no room for one, or
/// somebody reads, the record is used as it is: what is deleted makes room for what comes, and the file stays
/// as large as it was.
void make_shrinkable(Connection& connection) {
    connection.database().exec("PRAGMA auto_vacuum = INCREMENTAL");
    connection.database().tryExec("VACUUM");
}

} // namespace

std::int64_t schema_of(Connection& connection) {
    const std::int64_t application = number(connection, "PRAGMA application_id");
    const std::int64_t schema = number(connection, "PRAGMA user_version");
    if (application == application_id && schema > 0) {
        return schema;
    }
    if (application == 0 && schema == 0 && number(connection, "SELECT count(*) FROM sqlite_schema") == 0) {
        return 0;
    }
    throw model::SqlError(printable(connection.path()) +
                          " is a database of another program: name a record of fwlearn's with --db");
}

void refuse_newer(const Connection& connection, std::int64_t schema, std::int64_t known) {
    if (schema > known) {
        throw model::SqlError(printable(connection.path()) + " is from a newer fwlearn (schema " +
                              std::to_string(schema) + ", this one knows " + std::to_string(known) +
                              "): upgrade fwlearn");
    }
}

void refuse_foreign(const std::filesystem::path& path) {
    Connection reading = Connection::for_reading(path);
    refuse_newer(reading, schema_of(reading), static_cast<std::int64_t>(migrations().size()));
}

void migrate(Connection& connection, std::span<const char* const> known) {
    const auto newest = static_cast<std::int64_t>(known.size());
    std::int64_t schema = schema_of(connection);
    refuse_newer(connection, schema, newest);
    if (schema == newest) {
        return;
    }
    if (schema > 0) {
        copy_beside(connection, schema);
    }
    // A migration may make a table anew that others refer to (https://www.sqlite.org/lang_altertable.html,
    // section 7). Inside a transaction the pragma does nothing.
    connection.database().exec("PRAGMA foreign_keys = OFF");
    SQLite::Transaction transaction(connection.database(), SQLite::TransactionBehavior::IMMEDIATE);
    schema = schema_of(connection); // another process may have been quicker
    for (const char* const statements : known.subspan(static_cast<std::size_t>(std::min(schema, newest)))) {
        connection.database().exec(statements);
    }
    // A PRAGMA takes no bound parameter; both values are numbers of ours.
    connection.database().exec("PRAGMA application_id = " + std::to_string(application_id));
    connection.database().exec("PRAGMA user_version = " + std::to_string(std::max(schema, newest)));
    transaction.commit();
    connection.database().exec("PRAGMA foreign_keys = ON");
    if (number(connection, "PRAGMA auto_vacuum") == 0) {
        make_shrinkable(connection);
    }
}

} // namespace fwlearn::sql
