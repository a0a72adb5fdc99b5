// What the host says of a file that was run: whose it is, who else may change it, where it lies and which
// package brought it. It tells a server's programs from what somebody has dropped there.
// Plain data. Looked up by the collector, stored by sql, judged by the analyzer.
#pragma once

#include "model/foreign_text.hpp"

#include <compare>
#include <cstdint>
#include <optional>

namespace fwlearn::model {

/// An executable or a script, as it was when it was looked at; a process refers to it by its path.
struct ProgramFile {
    ForeignText path; ///< as Process::exe or Process::script has it
    /// Who it belongs to; where that is root, whoever else owns a folder above it and could put another in
    /// its place. Absent: there is no such file any more, or it may not be looked at.
    std::optional<std::uint32_t> owner;
    /// Others than its owner and root may change it, or put another in its place: by its own mode or that of
    /// a folder above it, which counts whether it is sticky or not.
    bool writable_by_others = false;
    bool in_home = false; ///< below /home, /root or the home of a user with a number from 1000 to 59999
    ForeignText package;  ///< of dpkg, that ships this file; empty: none

    auto operator<=>(const ProgramFile&) const = default;
};

} // namespace fwlearn::model
