#include "program_rows.hpp"

#include "statement.hpp"

#include <algorithm>

namespace fwlearn::sql {

ProgramRows::ProgramRows(Connection& connection)
    : put_(connection.database(),
           "INSERT OR REPLACE INTO program_files (path, owner, writable_by_others, in_home, package) "
           "VALUES (?, ?, ?, ?, ?)") {}

void ProgramRows::put(const model::ProgramFile& program) {
    Use(put_)
        .with(program.path, program.owner, program.writable_by_others, program.in_home, program.package)
        .run();
}

std::vector<model::ProgramFile> read_programs(Connection& connection) {
    SQLite::Statement statement(connection.database(),
                                "SELECT path, owner, writable_by_others, in_home, package "
                                "FROM program_files");
    std::vector<model::ProgramFile> programs;
    for (Use use(statement); use.step();) {
        Row row(use);
        model::ProgramFile program;
        program.path = row.text();
        program.owner = row.number_or_null<std::uint32_t>();
        program.writable_by_others = row.flag();
        program.in_home = row.flag();
        program.package = row.text();
        programs.push_back(std::move(program));
    }
    std::sort(programs.begin(), programs.end());
    return programs;
}

} // namespace fwlearn::sql
