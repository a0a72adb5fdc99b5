#include "firewall/take_back.hpp"

#include "firewall/confirm.hpp"
#include "firewall/prime_conntrack.hpp"
#include "nftables.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fwlearn::firewall {
namespace {

constexpr const char* replaced_file = "replaced.nft";

void refuse_elsewhere(const Applied& applied) {
    if (applied.boot == boot_id() && applied.netns != network_namespace()) {
        throw model::SystemError(
            "the whitelist was applied in another network namespace: take it back there");
    }
}

std::string state_of(const std::optional<std::string>& before) {
    return before ? "the table inet fwlearn is what it was before"
                  : "there is no table inet fwlearn, as before";
}

} // namespace

std::string take_back_table(const StateDirectory& directory, const Applied& applied) {
    refuse_elsewhere(applied);
    const auto live = read_whitelist_table();
    const auto now = live ? live->canonical : std::string();
    if (now == applied.before_canonical && now != applied.canonical) {
        // It was never loaded, or somebody was here first.
        Nftables().run(fmt::format("table inet {0}\ndelete table inet {0}\n", priming_table_name),
                       "cannot take the priming table away");
        return state_of(applied.before) + " already";
    }
    std::string said;
    if (now != applied.canonical) {
        if (live) {
            directory.write(replaced_file, live->text);
            said = fmt::format(
                "; somebody else had changed the table meanwhile: what it was is in {}",
                model::for_terminal(model::ForeignText((directory.path() / replaced_file).string())));
        } else {
            said = "; somebody else had taken the table away meanwhile";
        }
    }
    try {
        replace_whitelist_table(applied.before, applied.before_units, applied.cgroup_root);
    } catch (const model::SystemError& error) {
        if (!applied.before) {
            throw;
        }
        replace_whitelist_table(std::nullopt, {}, {});
        return fmt::format("the table inet fwlearn is gone: what it was before could not be loaded ({}){}",
                           error.what(), said);
    }
    return state_of(applied.before) + said;
}

std::string take_back(const StateDirectory& directory, const Applied& armed, const std::string& reason) {
    nlohmann::ordered_json outcome{{"token", armed.token},
                                   {"reason", reason},
                                   {"deadline_ms", armed.deadline.count()},
                                   {"begun_ms", since_boot().count()}};
    std::string done;
    if (armed.boot != boot_id()) {
        done = "the host has been booted since, and what was applied went with that";
    } else {
        done = take_back_table(directory, armed);
    }
    outcome["ended_ms"] = since_boot().count();
    outcome["done"] = done;
    directory.write(taken_back_file,
                    outcome.dump(1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n");
    directory.remove(armed_file);
    return fmt::format("rolled back ({}): {}", reason, done);
}

std::string take_back_confirmed(const StateDirectory& directory, const Applied& confirmed) {
    auto done = take_back_table(directory, confirmed);
    if (confirmed.previous.empty()) {
        forget_confirmed(directory);
        done += "; at boot nothing is loaded any more";
    } else {
        directory.write(confirmed_file, confirmed.previous);
        store_boot_files(directory);
        done += "; at boot the whitelist that was confirmed before is loaded";
    }
    return "rolled back what was confirmed: " + done;
}

} // namespace fwlearn::firewall
