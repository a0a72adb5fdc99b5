// How a table may look. Chosen by cli, which knows the terminal.
#pragma once

namespace fwlearn::analyzer {

struct TableStyle {
    unsigned width = 80; ///< columns; at least 40 are used
    bool color = false;  ///< headings in bold, warnings in yellow (ECMA-48 sequences)
};

} // namespace fwlearn::analyzer
