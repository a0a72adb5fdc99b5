#include "firewall/confirm.hpp"

#include <model/errors.hpp>

namespace fwlearn::firewall {
namespace {

/// Nobody needs to go back two steps; and a file that held all of them would only grow.
std::string without_previous(const StateDirectory& directory) {
    auto confirmed = read_applied(directory, confirmed_file);
    if (!confirmed) {
        return {};
    }
    confirmed->previous.clear();
    return to_text(*confirmed);
}

void refuse_when_over(const Applied& armed) {
    if (since_boot() >= armed.deadline) {
        throw model::UsageError("it comes too late: the time to confirm is over, and what was there before "
                                "comes back");
    }
}

} // namespace

std::string confirm(const StateDirectory& directory, Applied armed, AtBoot at_boot) {
    refuse_when_over(armed);
    const auto live = read_whitelist_table();
    if (!live || live->canonical != armed.canonical) {
        throw model::SystemError(
            "the table inet fwlearn is not what was applied any more: it is not confirmed, and "
            "what was there before comes back (see fwlearn rollback)");
    }
    armed.at_boot = at_boot;
    armed.previous = without_previous(directory);
    directory.write(armed_file, to_text(armed));
    // All that takes time is done: the way back, which waits for nobody, sees the one or the other.
    refuse_when_over(armed);
    directory.rename(armed_file, confirmed_file);
    auto not_written = store_boot_files(directory);
    try {
        directory.remove(taken_back_file); // of one before this
    } catch (const model::SystemError&) {
        // It is on the disk that it is confirmed, and that is all that counts.
    }
    return not_written;
}

std::string store_boot_files(const StateDirectory& directory) {
    const auto confirmed = read_applied(directory, confirmed_file);
    if (!confirmed) {
        return {};
    }
    const auto table =
        "# What fwlearn apply --at-boot loads: made by fwlearn confirm, from what was applied.\n"
        "table inet fwlearn\ndelete table inet fwlearn\n" +
        confirmed->text;
    try {
        for (const auto& [file, content] :
             {std::pair(boot_file, &table), {document_file, &confirmed->document}}) {
            if (directory.read(file) != *content) {
                directory.write(file, *content);
            }
        }
    } catch (const model::SystemError& error) {
        return error.what();
    }
    return {};
}

void forget_confirmed(const StateDirectory& directory) {
    for (const auto* const file : {confirmed_file, boot_file, document_file}) {
        directory.remove(file);
    }
}

} // namespace fwlearn::firewall
