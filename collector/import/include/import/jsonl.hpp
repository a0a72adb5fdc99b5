// The lines that `fwlearn flows --json` prints, back to flows and names. docs/json.md lists their keys.
// Knows nothing of files and compression. Called by import_file, tests and fuzz_jsonl.
#pragma once

#include "import/imported.hpp"
#include "import/line_source.hpp"

namespace fwlearn::import {

/// `name` is what complaints call the source. A bad line is counted, never fatal; throws model::UsageError
/// when not one record could be understood.
Imported read_jsonl(LineSource& lines, const model::ForeignText& name);

} // namespace fwlearn::import
