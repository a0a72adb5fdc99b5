#include "read_identities.hpp"

#include "ancestor_list.hpp"
#include "statement.hpp"

namespace fwlearn::sql {
namespace {

void read_processes(Connection& connection, StoredIdentities& stored) {
    SQLite::Statement statement(connection.database(),
                                "SELECT id, exe, comm, cmdline, cgroup, unit, uid, script, "
                                "ancestors, deleted, in_memory, contained FROM processes "
                                "ORDER BY exe, comm, cmdline, cgroup, unit, uid, script, "
                                "ancestors, deleted, in_memory, contained");
    for (Use use(statement); use.step();) {
        Row row(use);
        const auto id = row.number<std::int64_t>();
        model::Process process;
        process.exe = row.text();
        process.comm = row.text();
        process.cmdline = row.text();
        process.cgroup = row.text();
        process.unit = row.text();
        if (const auto uid = row.number<std::int64_t>(); uid >= 0) {
            if (!std::in_range<std::uint32_t>(uid)) {
                throw_damaged();
            }
            process.uid = static_cast<std::uint32_t>(uid);
        }
        process.script = row.text();
        process.ancestors = split_ancestors(row.text());
        process.deleted = row.flag();
        process.in_memory = row.flag();
        process.contained = row.flag();
        stored.processes.emplace(id, stored.identities.add(process));
    }
}

void read_tasks(Connection& connection, StoredIdentities& stored) {
    SQLite::Statement statement(connection.database(),
                                "SELECT id, kind, name FROM tasks ORDER BY kind, name");
    for (Use use(statement); use.step();) {
        Row row(use);
        const auto id = row.number<std::int64_t>();
        const model::Task task{row.enumerator(model::TaskKind::kernel), row.text()};
        stored.tasks.emplace(id, stored.identities.add(task));
    }
}

void read_interfaces(Connection& connection, StoredIdentities& stored) {
    SQLite::Statement statement(connection.database(), "SELECT id, name FROM interfaces ORDER BY name");
    for (Use use(statement); use.step();) {
        Row row(use);
        const auto id = row.number<std::int64_t>();
        stored.interfaces.emplace(id, stored.identities.add_interface(row.text()));
    }
}

void read_known_names(Connection& connection, StoredIdentities& stored) {
    SQLite::Statement statement(connection.database(),
                                "SELECT id, name FROM names WHERE id IN (SELECT name_id FROM flows) "
                                "ORDER BY name");
    for (Use use(statement); use.step();) {
        Row row(use);
        const auto id = row.number<std::int64_t>();
        stored.names.emplace(id, stored.identities.add_name(row.text()));
    }
}

void read_users(Connection& connection, StoredIdentities& stored) {
    SQLite::Statement users(connection.database(), "SELECT uid, name FROM users");
    for (Use use(users); use.step();) {
        Row row(use);
        const auto uid = row.number<std::uint32_t>();
        stored.identities.name_user(uid, row.text());
    }
    SQLite::Statement groups(connection.database(), "SELECT gid, name FROM groups");
    for (Use use(groups); use.step();) {
        Row row(use);
        const auto gid = row.number<std::uint32_t>();
        stored.identities.name_group(gid, row.text());
    }
}

} // namespace

StoredIdentities read_identities(Connection& connection) {
    StoredIdentities stored;
    read_processes(connection, stored);
    read_tasks(connection, stored);
    read_interfaces(connection, stored);
    read_known_names(connection, stored);
    read_users(connection, stored);
    return stored;
}

} // namespace fwlearn::sql
