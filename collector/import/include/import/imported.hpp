// What one file of records from elsewhere became: an observation, a batch, and an account of its lines.
// Plain data; knows nothing of formats. Made by import/zeek and import/jsonl, stored by cli through sql.
#pragma once

#include <model/record.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace fwlearn::import {

struct Imported {
    model::Observation observation; ///< from the first to the last time in the file
    model::Batch batch;             ///< flows by key and hour, names by address and name, a gap for bad lines
    model::Identities identities;   ///< what the batch refers to
    std::string sha256;             ///< of the decompressed file; empty for lines from memory

    std::uint64_t lines = 0;   ///< records: without headers and empty lines
    std::uint64_t skipped = 0; ///< of `lines`: understood, but no flow or answer of this host's
    std::uint64_t bad = 0;     ///< of `lines`: not understood; a gap says so as well
    /// The first ten bad lines, "FILE:LINE: why", printable ASCII.
    std::vector<std::string> complaints;
};

} // namespace fwlearn::import
