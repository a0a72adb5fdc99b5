#include "boot.hpp"

#include "proposal.hpp"
#include "this_host.hpp"

#include <firewall/checked_whitelist.hpp>
#include <firewall/confirm.hpp>
#include <firewall/take_back.hpp>
#include <firewall/unit_sets.hpp>
#include <model/errors.hpp>

#include <fmt/format.h>

#include <iostream>

namespace fwlearn::cli {
namespace {

/// What was applied and not confirmed went with the last boot.
void forget_armed(const firewall::StateDirectory& directory, Context& context) {
    const auto armed = firewall::read_applied(directory, firewall::armed_file);
    if (!armed) {
        return;
    }
    if (armed->boot == firewall::boot_id()) {
        throw model::UsageError(
            "a whitelist waits to be confirmed: fwlearn confirm or fwlearn rollback first");
    }
    context.err << "fwlearn: " << firewall::take_back(directory, *armed, "the host was booted") << '\n';
}

void load_confirmed(const firewall::StateDirectory& directory) {
    const auto text = directory.read(firewall::boot_file);
    if (!text) {
        throw model::SystemError(std::string(firewall::boot_file) + " is not there");
    }
    const auto table = firewall::check_whitelist(*text, whitelist_text({}, {}), firewall::boot_file);
    try {
        firewall::prime_conntrack(
            open_connections); // nothing at boot; much, where somebody starts the unit later
    } catch (const model::SystemError&) {
        // Better rules without what was open before than no rules.
    }
    firewall::replace_whitelist_table(table.text, table.units, cgroup_root());
}

int load_instead(firewall::AtBoot choice, const std::string& why, Context& context) {
    if (choice == firewall::AtBoot::closed) {
        firewall::replace_whitelist_table(whitelist_text({}, {}), {}, {});
        context.err
            << fmt::format(
                   "fwlearn: CLOSED, as was chosen: the confirmed whitelist cannot be loaded ({}), and "
                   "the fixed parts alone are in force\n",
                   why)
            << std::flush;
        return findings;
    }
    firewall::replace_whitelist_table(std::nullopt, {}, {});
    throw model::SystemError(fmt::format(
        "OPEN, as was chosen: the confirmed whitelist cannot be loaded ({}), and nothing is denied", why));
}

/// Those that were not there yet when the table was loaded. What is wrong with them leaves the rules in
/// force.
int fill_units(Context& context) {
    try {
        const auto filled = firewall::fill_unit_sets(cgroup_root());
        context.out << fmt::format("{} units run and are in their sets, {} do not run\n", filled.running,
                                   filled.stopped);
        return filled.unknown.empty() ? done : findings;
    } catch (const model::SystemError& error) {
        context.err << "fwlearn: " << error.what() << '\n' << std::flush;
        return findings;
    }
}

} // namespace

int apply_at_boot(const std::filesystem::path& state, Context& context) {
    const firewall::StateDirectory directory(state);
    const auto lock = directory.lock();
    forget_armed(directory, context);
    auto choice = firewall::AtBoot::open;
    try {
        const auto confirmed = firewall::read_applied(directory, firewall::confirmed_file);
        if (!confirmed || confirmed->at_boot == firewall::AtBoot::off) {
            context.out << (confirmed ? "nothing is loaded at boot, as was chosen\n"
                                      : "no whitelist is confirmed: nothing is loaded\n");
            return done;
        }
        choice = confirmed->at_boot;
        load_confirmed(directory);
    } catch (const model::Error& error) {
        return load_instead(choice, error.what(), context);
    }
    context.out << "the confirmed whitelist is loaded\n" << std::flush;
    return fill_units(context);
}

} // namespace fwlearn::cli
