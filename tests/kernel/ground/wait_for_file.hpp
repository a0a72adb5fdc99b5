// Until another process has made a file, or taken it away. Knows nothing of who makes it. Used by apply_test,
// lockdown_test and health_test.
#pragma once

#include <filesystem>

namespace fwlearn::kernel_test {

/// In a folder that is there; returns at once where the file is there already. Throws after ten seconds in
/// which nothing changed there.
void wait_for_file(const std::filesystem::path& file);
/// The same, until it is not there.
void wait_for_no_file(const std::filesystem::path& file);

} // namespace fwlearn::kernel_test
