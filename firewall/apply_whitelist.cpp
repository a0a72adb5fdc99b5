#include "firewall/apply_whitelist.hpp"

#include "firewall/checked_whitelist.hpp"
#include "firewall/health_watch.hpp"
#include "firewall/name_sets.hpp"
#include "firewall/take_back.hpp"
#include "firewall/way_back.hpp"
#include "nftables.hpp"

#include <model/errors.hpp>

#include <fmt/format.h>

namespace fwlearn::firewall {
namespace {

Applied written_down(const Application& application, const std::optional<WhitelistTable>& before) {
    Applied applied;
    applied.token = new_token();
    applied.boot = boot_id();
    applied.netns = network_namespace();
    applied.text = application.wanted.text;
    applied.canonical = application.wanted.canonical;
    applied.units = application.wanted.units;
    if (before) {
        applied.before = before->text;
        applied.before_canonical = before->canonical;
        applied.before_units = before->units;
    }
    applied.cgroup_root = application.cgroup_root;
    applied.document = application.document;
    applied.deadline = since_boot() + application.confirm_within;
    return applied;
}

/// Why it does not watch; empty: it does.
std::string watch_health(const StateDirectory& directory, const Applied& armed, const std::string& unit) {
    try {
        start_health_watch(directory, armed, unit);
        return {};
    } catch (const model::Error& error) {
        return error.what();
    }
}

/// From here on the way back is there.
Primed load(const Application& application, std::chrono::milliseconds deadline) {
    const auto primed = prime_conntrack(application.connections);
    if (since_boot() >= deadline) {
        throw model::SystemError(
            "the time to confirm was over before the whitelist was loaded: give --confirm-within more");
    }
    const auto names = read_name_sets();
    replace_whitelist_table(application.wanted.text, application.wanted.units, application.cgroup_root);
    const auto live = read_whitelist_table();
    if (!live || live->canonical != application.wanted.canonical) {
        throw model::SystemError("the kernel does not have the whitelist as it was loaded");
    }
    carry_over(names, application.carry);
    return primed;
}

} // namespace

void refuse_while_armed(const StateDirectory& directory) {
    const auto armed = read_applied(directory, armed_file);
    if (!armed) {
        return;
    }
    const auto left = armed->deadline - since_boot();
    if (!is_gone(*armed) && left.count() > 0) {
        throw model::UsageError(fmt::format(
            "a whitelist is applied already and waits to be confirmed ({} s are left): fwlearn confirm "
            "or fwlearn rollback first",
            std::chrono::ceil<std::chrono::seconds>(left).count()));
    }
    take_back(directory, *armed, "not confirmed in time");
}

InForce apply_whitelist(const StateDirectory& directory, const Application& application) {
    const auto lock = directory.lock();
    refuse_while_armed(directory);
    application.check_again();
    const auto before = read_whitelist_table();
    if ((before ? before->canonical : std::string()) != application.before_canonical) {
        throw model::UsageError(
            "the table inet fwlearn was changed by another program since it was shown: look again "
            "at what will change, and apply again");
    }
    if (before) {
        check_restorable(*before);
    }
    InForce result;
    result.applied = written_down(application, before);
    directory.write(armed_file, to_text(result.applied));
    try {
        result.way_back = arm_way_back(directory, result.applied);
    } catch (const model::Error&) {
        directory.remove(armed_file);
        throw;
    }
    if (application.watch_health) {
        result.unwatched = watch_health(directory, result.applied, application.watched_unit);
    }
    try {
        result.primed = load(application, result.applied.deadline);
    } catch (const model::Error& error) {
        take_back(directory, result.applied, error.what());
        disarm_way_back(result.applied);
        throw;
    }
    return result;
}

} // namespace fwlearn::firewall
