// Takes secrets out of a command line before it is stored: what follows --password and the like, the user
// part of a URL, tokens. Errs on the side of taking too much. Pure. Called wherever arguments become a
// model::Process.
#pragma once

#include <model/foreign_text.hpp>

#include <vector>

namespace fwlearn::collector::process {

/// The arguments joined by blanks, each secret as `***`, at most `limit` bytes, a cut marked by a final
/// "...". An argument that holds a blank, a quote or a control byte stays as it is where nothing is hidden in
/// it: this is a sample for people. Linear in the arguments' length, which their process chose.
model::ForeignText redacted_command_line(const std::vector<model::ForeignText>& arguments,
                                         std::size_t limit = 256);

} // namespace fwlearn::collector::process
