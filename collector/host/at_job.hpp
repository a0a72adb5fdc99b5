// What the name and the text of a file in at's spool say (at(1) 3.2: at.c writes them, atd.c reads them).
// Pure. Used by the ledger.
#pragma once

#include <model/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fwlearn::collector::host {

struct AtJob {
    char queue = 'a';
    std::uint32_t number = 0;
    std::chrono::sys_time<std::chrono::minutes> due;
};

/// QNNNNNMMMMMMMM: a queue's letter, the job's number and the minutes since 1970, both hexadecimal. Nothing
/// for other files, and for jobs that are running (their queue is "=").
std::optional<AtJob> at_job(std::string_view file_name);

/// What the user gave to at: behind the environment and the folder that at puts before it, which may hold
/// secrets of his. One line, several by "; ". Empty where at's own part cannot be told.
std::string at_command(std::string_view text);

} // namespace fwlearn::collector::host
