// The rows of processes, tasks, interfaces and users: finds or adds the row for each identity that a batch
// uses, and remembers it.
// Knows nothing of flows. Called by Writer, within its transaction; what it remembers is forgotten when that
// is rolled back.
#pragma once

#include "connection.hpp"

#include <model/identities.hpp>

#include <SQLiteCpp/Statement.h>

#include <map>
#include <vector>

namespace fwlearn::sql {

class IdentityRows {
  public:
    explicit IdentityRows(Connection& connection);

    std::int64_t process(const model::Process& process);
    std::int64_t task(const model::Task& task);
    std::int64_t interface(const model::ForeignText& name);
    /// The names of users and groups that have changed since they were last written.
    void write_users(const model::Identities& identities);
    void forget();

  private:
    SQLite::Statement find_process_, add_process_;
    SQLite::Statement find_task_, add_task_;
    SQLite::Statement find_interface_, add_interface_;
    SQLite::Statement put_user_, put_group_;
    std::map<model::Process, std::int64_t> processes_; ///< by identity
    std::map<model::Task, std::int64_t> tasks_;
    std::map<model::ForeignText, std::int64_t> interfaces_;
    std::map<std::uint32_t, model::ForeignText> users_;
    std::map<std::uint32_t, model::ForeignText> groups_;
};

/// What the numbers of one batch's dictionary are in the database, looked up when first used.
class BatchRows {
  public:
    BatchRows(IdentityRows& rows, const model::Identities& identities);

    std::int64_t process(model::ProcessId id);
    std::int64_t task(model::TaskId id);
    std::int64_t interface(model::InterfaceId id);

  private:
    IdentityRows& rows_;
    const model::Identities& identities_;
    std::vector<std::int64_t> processes_, tasks_, interfaces_; ///< -1: not looked up yet
};

} // namespace fwlearn::sql
