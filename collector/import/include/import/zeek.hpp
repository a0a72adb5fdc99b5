// Zeek's conn.log and dns.log, TSV or JSON, to flows and names. docs/import.md says what becomes of each
// column. Knows nothing of files and compression. Called by import_file, tests and fuzz_zeek.
#pragma once

#include "import/imported.hpp"
#include "import/line_source.hpp"
#include "import/locals.hpp"

namespace fwlearn::import {

/// `name` is what complaints call the source. A bad line is counted, never fatal; throws model::UsageError
/// when not one record could be understood, or when nothing says which addresses are the server's.
Imported read_zeek(LineSource& lines, const model::ForeignText& name, const Locals& locals);

} // namespace fwlearn::import
