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

} // namespace

void confirm(const StateDirectory& directory, Applied armed, AtBoot at_boot) {
    const auto live = read_whitelist_table();
    if (!live || live->canonical != armed.canonical) {
        throw model::SystemError(
            "the table inet fwlearn is not what was applied any more: it is not confirmed, and "
            "what was there before comes back (see fwlearn rollback)");
    }
    armed.at_boot = at_boot;
    armed.previous = without_previous(directory);
    directory.write(armed_file, to_text(armed));
    directory.rename(armed_file, confirmed_file);
    store_boot_files(directory);
}

void store_boot_files(const StateDirectory& directory) {
    const auto confirmed = read_applied(directory, confirmed_file);
    if (!confirmed) {
        return;
    }
    const auto table =
        "# What fwlearn apply --at-boot loads: made by fwlearn confirm, from what was applied.\n"
        "table inet fwlearn\ndelete table inet fwlearn\n" +
        confirmed->text;
    if (directory.read(boot_file) != table) {
        directory.write(boot_file, table);
    }
    if (directory.read(document_file) != confirmed->document) {
        directory.write(document_file, confirmed->document);
    }
}

void forget_confirmed(const StateDirectory& directory) {
    for (const auto* const file : {confirmed_file, boot_file, document_file}) {
        directory.remove(file);
    }
}

} // namespace fwlearn::firewall
