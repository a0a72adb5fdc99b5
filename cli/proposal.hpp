// What `apply` is asked to load: the current suggestion, or a file that somebody has reviewed, tried out and
// checked; and what is known of it in words of the analyzer's.
// Changes nothing. Private to this room; used by apply.
#pragma once

#include "whitelist_options.hpp"

#include <analyzer/render/nft.hpp>
#include <firewall/whitelist_table.hpp>

namespace fwlearn::cli {

struct Proposal {
    firewall::WhitelistTable table; ///< checked
    model::Whitelist whitelist;     ///< those of its rules that are known
    std::string bytes;              ///< of the file; empty: the suggestion
    /// What cannot be told of it, printable lines.
    std::vector<std::string> unknown;

    /// By which it is told to be the same as the one that was shown.
    [[nodiscard]] std::string identity() const { return bytes.empty() ? table.canonical : bytes; }
};

/// The one place where a whitelist becomes what is loaded.
std::string whitelist_text(const model::Whitelist& whitelist, const analyzer::NftOptions& options);

/// `suggested` is what the record suggests now; nothing where it could not be read. A file of nft's rules is
/// loaded as it is: on trial, or for one unit, only what is made from a suggestion or from JSON. Throws
/// model::UsageError.
Proposal propose(const std::optional<model::Whitelist>& suggested, const std::filesystem::path& file,
                 const analyzer::NftOptions& options);

/// All of the file. Throws model::SystemError, and model::UsageError for what is too large.
std::string read_reviewed(const std::filesystem::path& file);

} // namespace fwlearn::cli
