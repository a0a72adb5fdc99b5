#include "identity_rows.hpp"

#include "ancestor_list.hpp"
#include "row_of.hpp"

namespace fwlearn::sql {
namespace {

std::int64_t uid_or_unknown(const model::Process& process) {
    return process.uid ? std::int64_t{*process.uid} : -1;
}

void write_changed(const std::map<std::uint32_t, model::ForeignText>& names,
                   std::map<std::uint32_t, model::ForeignText>& written, SQLite::Statement& put) {
    for (const auto& [id, name] : names) {
        const auto known = written.find(id);
        if (known == written.end() || known->second != name) {
            Use(put).with(id, name).run();
            written[id] = name;
        }
    }
}

/// `slot` of `rows`, filled by `look_up` when it is first asked for.
template <typename Id, typename LookUp>
std::int64_t once(std::vector<std::int64_t>& rows, Id id, LookUp&& look_up) {
    std::int64_t& row = rows.at(static_cast<std::size_t>(id));
    if (row < 0) {
        row = look_up();
    }
    return row;
}

} // namespace

IdentityRows::IdentityRows(Connection& connection)
    : find_process_(connection.database(),
                    "SELECT id FROM processes WHERE exe = ? AND script = ? AND unit = ? AND uid = ? "
                    "AND ancestors = ? AND deleted = ? AND in_memory = ? AND contained = ? "
                    "AND (exe <> '' OR comm = ?) ORDER BY id LIMIT 1"),
      add_process_(connection.database(),
                   "INSERT INTO processes (exe, script, unit, uid, ancestors, deleted, in_memory, contained, "
                   "comm, cmdline, cgroup) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"),
      find_task_(connection.database(), "SELECT id FROM tasks WHERE kind = ? AND name = ?"),
      add_task_(connection.database(), "INSERT INTO tasks (kind, name) VALUES (?, ?) RETURNING id"),
      find_interface_(connection.database(), "SELECT id FROM interfaces WHERE name = ?"),
      add_interface_(connection.database(), "INSERT INTO interfaces (name) VALUES (?) RETURNING id"),
      put_user_(connection.database(), "INSERT OR REPLACE INTO users (uid, name) VALUES (?, ?)"),
      put_group_(connection.database(), "INSERT OR REPLACE INTO groups (gid, name) VALUES (?, ?)") {}

std::int64_t IdentityRows::process(const model::Process& process) {
    const auto ancestors = joined_ancestors(process.ancestors);
    const auto identity = [&](Use& use) -> Use& {
        return use.with(process.exe, process.script, process.unit, uid_or_unknown(process), ancestors,
                        process.deleted, process.in_memory, process.contained, process.comm);
    };
    const auto with_samples = [&](Use& use) -> Use& {
        return use.with(process.exe, process.script, process.unit, uid_or_unknown(process), ancestors,
                        process.deleted, process.in_memory, process.contained, process.comm, process.cmdline,
                        process.cgroup);
    };
    return row_of(processes_, process.identity(), find_process_, identity, add_process_, with_samples);
}

std::int64_t IdentityRows::task(const model::Task& task) {
    return row_of(tasks_, task, find_task_, add_task_, task.kind, task.name);
}

std::int64_t IdentityRows::interface(const model::ForeignText& name) {
    return row_of(interfaces_, name, find_interface_, add_interface_, name);
}

void IdentityRows::write_users(const model::Identities& identities) {
    write_changed(identities.users(), users_, put_user_);
    write_changed(identities.groups(), groups_, put_group_);
}

void IdentityRows::forget() {
    processes_.clear();
    tasks_.clear();
    interfaces_.clear();
    users_.clear();
    groups_.clear();
}

BatchRows::BatchRows(IdentityRows& rows, const model::Identities& identities)
    : rows_(rows), identities_(identities), processes_(identities.processes(), -1),
      tasks_(identities.tasks(), -1), interfaces_(identities.interfaces(), -1) {}

std::int64_t BatchRows::process(model::ProcessId id) {
    return once(processes_, id, [&] { return rows_.process(identities_.process(id)); });
}

std::int64_t BatchRows::task(model::TaskId id) {
    return once(tasks_, id, [&] { return rows_.task(identities_.task(id)); });
}

std::int64_t BatchRows::interface(model::InterfaceId id) {
    return once(interfaces_, id, [&] { return rows_.interface(identities_.interface(id)); });
}

} // namespace fwlearn::sql
