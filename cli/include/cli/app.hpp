// The command line as a whole: parses it, runs the verb, turns every error into one line and a status.
// The only caller is main(); tests call it too.
#pragma once

#include <iosfwd>

namespace fwlearn::cli {

/// As main() gets them. Output goes to `out`, errors to `err`.
int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

} // namespace fwlearn::cli
