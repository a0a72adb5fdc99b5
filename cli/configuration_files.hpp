// The files of configuration on disk: one file and its drop-ins. Whoever may write them says where the record
// is and what `audit` runs, so root takes no word from files that others may write.
// Knows no option. Private to this room; called by configuration.
#pragma once

#include "cli/configuration_toml.hpp"

#include <filesystem>

namespace fwlearn::cli {

constexpr const char* default_configuration = "/etc/fwlearn/fwlearn.toml";

/// "/etc/fwlearn/fwlearn.d" of "/etc/fwlearn/fwlearn.toml".
std::filesystem::path drop_ins_of(const std::filesystem::path& file);

/// The settings of `file`, then those of its drop-ins, *.toml, in the order of their names. Throws
/// model::UsageError for what is no configuration, or not one that this user may trust, model::SystemError
/// for what cannot be read; also for a file that is not there, unless it may be missing.
std::vector<Setting> read_configuration(const std::filesystem::path& file, bool may_be_missing);

} // namespace fwlearn::cli
