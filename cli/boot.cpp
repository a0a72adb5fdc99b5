#include "boot.hpp"

#include "proposal.hpp"
#include "this_host.hpp"

#include <firewall/apply_whitelist.hpp>
#include <firewall/checked_whitelist.hpp>
#include <firewall/confirm.hpp>
#include <firewall/take_back.hpp>
#include <firewall/unit_sets.hpp>
#include <firewall/way_back.hpp>
#include <model/counted.hpp>
#include <model/errors.hpp>

#include <fmt/format.h>

#include <iostream>

namespace fwlearn::cli {
namespace {

/// What was applied and not confirmed went with the last boot. Throws where it waits to be confirmed now;
/// what cannot be read or tidied up keeps nothing from being loaded.
void forget_armed(const firewall::StateDirectory& directory, Context& context) {
    const auto warn = [&context](const std::string& words) {
        context.err << "fwlearn: " << words << '\n' << std::flush;
    };
    std::optional<firewall::Applied> armed;
    try {
        armed = firewall::read_applied(directory, firewall::armed_file);
    } catch (const model::Error& error) {
        warn(error.what());
        return;
    }
    if (!armed) {
        return;
    }
    if (!firewall::is_gone(*armed) && firewall::way_back_is_lost(armed->token)) {
        warn(firewall::take_back(directory, *armed, "its timer was gone, as after systemctl soft-reboot"));
        return;
    }
    if (!firewall::is_gone(*armed)) {
        firewall::refuse_while_armed(directory);
        return;
    }
    warn(firewall::take_back(directory, *armed, "the host was booted"));
}

void load(const firewall::Applied& confirmed) {
    firewall::check_loadable(confirmed.text, "what was confirmed");
    try {
        firewall::prime_conntrack(
            open_connections); // nothing at boot; much, where somebody starts the unit later
    } catch (const model::SystemError&) {
        // Better rules without what was open before than no rules.
    }
    firewall::replace_whitelist_table(confirmed.text, confirmed.units, cgroup_root());
}

/// It is in force from now on, and to be taken back, where it was loaded.
void write_down_where(const firewall::StateDirectory& directory, firewall::Applied confirmed,
                      Context& context) {
    confirmed.boot = firewall::boot_id();
    confirmed.netns = firewall::network_namespace();
    std::string error;
    try {
        // nft may print it otherwise than the version did with which it was confirmed.
        if (const auto live = firewall::read_whitelist_table()) {
            confirmed.canonical = live->canonical;
        }
        directory.write(firewall::confirmed_file, firewall::to_text(confirmed));
        error = firewall::store_boot_files(directory);
    } catch (const model::SystemError& failed) {
        error = failed.what();
    }
    if (!error.empty()) {
        context.err << "fwlearn: it is loaded, but that is not written down: " << error << '\n' << std::flush;
    }
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
        context.out << fmt::format("{} in the sets; {} not running\n",
                                   model::counted(filled.running, "running unit is", "running units are"),
                                   model::counted(filled.stopped, "unit is", "units are"));
        return filled.unknown.empty() ? done : findings;
    } catch (const model::SystemError& error) {
        context.err << "fwlearn: " << error.what() << '\n' << std::flush;
        return findings;
    }
}

} // namespace

int apply_at_boot(const std::filesystem::path& state, Context& context) {
    const firewall::StateDirectory directory(state);
    constexpr auto patience = std::chrono::seconds(2);
    const auto lock = directory.lock_if_possible(patience);
    if (!lock) {
        throw model::SystemError(firewall::StateDirectory::held_by_another);
    }
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
        load(*confirmed);
        write_down_where(directory, *confirmed, context);
    } catch (const model::Error& error) {
        return load_instead(choice, error.what(), context);
    }
    context.out << "the confirmed whitelist is loaded\n" << std::flush;
    return fill_units(context);
}

} // namespace fwlearn::cli
