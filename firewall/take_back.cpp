#include "firewall/take_back.hpp"

#include "firewall/confirm.hpp"
#include "firewall/prime_conntrack.hpp"
#include "nftables.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace fwlearn::firewall {
namespace {

constexpr const char* replaced_file = "replaced.nft";
constexpr const char* unreadable_file = "armed.unreadable";

void refuse_elsewhere(const Applied& applied) {
    if (is_elsewhere(applied)) {
        throw model::SystemError(
            "the whitelist was applied in another network namespace: take it back there");
    }
}

/// What it said while it was another program's. The table matters more than what it was: a disk that is full
/// holds nothing back.
std::string words_of_change(const StateDirectory& directory, const std::optional<WhitelistTable>& live) {
    if (!live) {
        return "; somebody else had taken the table away meanwhile";
    }
    try {
        directory.write(replaced_file, live->text);
    } catch (const model::SystemError& error) {
        return std::string("; somebody else had changed the table meanwhile, and what it was is not kept: ") +
               error.what();
    }
    return fmt::format("; somebody else had changed the table meanwhile: what it was is in {}",
                       model::for_terminal(model::ForeignText((directory.path() / replaced_file).string())));
}

std::string state_of(const std::optional<std::string>& before) {
    return before ? "the table inet fwlearn is what it was before"
                  : "there is no table inet fwlearn, as before";
}

/// What is written down as confirmed, where it is of this boot and this network namespace: then it was in
/// force before something else was applied.
std::optional<Applied> confirmed_here(const StateDirectory& directory) {
    try {
        auto confirmed = read_applied(directory, confirmed_file);
        const bool is_here =
            confirmed && confirmed->boot == boot_id() && confirmed->netns == network_namespace();
        return is_here ? std::move(confirmed) : std::nullopt;
    } catch (const model::Error&) {
        return std::nullopt;
    }
}

/// The table of `wanted`, or none where that is nothing, or nft does not take it. What was done.
std::string put_back(const std::optional<std::string>& wanted, const std::vector<UnitSet>& units,
                     const std::filesystem::path& cgroup_root, std::string done) {
    try {
        replace_whitelist_table(wanted, units, cgroup_root);
        return done;
    } catch (const model::SystemError& error) {
        if (!wanted) {
            throw;
        }
        replace_whitelist_table(std::nullopt, {}, {});
        return std::string("the table inet fwlearn is gone: what it was before could not be loaded (") +
               error.what() + ")";
    }
}

std::string put_back_confirmed(const std::optional<Applied>& confirmed) {
    if (confirmed) {
        return put_back(confirmed->text, confirmed->units, confirmed->cgroup_root,
                        "the table inet fwlearn is what was confirmed before");
    }
    return put_back(std::nullopt, {}, {}, "the table inet fwlearn is gone");
}

/// What cannot be read would be in the way of the next apply.
void put_aside_unreadable(const StateDirectory& directory) {
    try {
        read_applied(directory, armed_file);
    } catch (const model::Error&) {
        directory.rename(armed_file, unreadable_file);
    }
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
    auto done = put_back(applied.before, applied.before_units, applied.cgroup_root, state_of(applied.before));
    return now == applied.canonical ? done : done + words_of_change(directory, live);
}

std::string take_back(const StateDirectory& directory, const Applied& armed, const std::string& reason) {
    nlohmann::ordered_json outcome{{"token", armed.token},
                                   {"reason", reason},
                                   {"deadline_ms", armed.deadline.count()},
                                   {"begun_ms", since_boot().count()}};
    std::string done;
    if (is_gone(armed)) {
        done = armed.boot != boot_id()
                   ? "the host has been booted since, and what was applied went with that"
                   : "the network namespace that it was applied in is gone, and it went with that";
    } else {
        done = take_back_table(directory, armed);
    }
    outcome["ended_ms"] = since_boot().count();
    outcome["done"] = done;
    try {
        directory.write(taken_back_file,
                        outcome.dump(1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n");
        directory.remove(armed_file);
    } catch (const model::SystemError& error) {
        done += std::string("; that could not be written down: ") + error.what();
    }
    return fmt::format("rolled back ({}): {}", reason, done);
}

std::string take_back_unrecorded(const StateDirectory& directory, const std::string& token,
                                 const Applied* known, const std::string& reason) {
    const auto begun = since_boot();
    const auto live = read_whitelist_table();
    const auto confirmed = confirmed_here(directory);
    std::string done;
    if (live && !(confirmed && live->canonical == confirmed->canonical)) {
        done = known != nullptr ? take_back_table(directory, *known) : put_back_confirmed(confirmed);
        done += "; what was written down of it is lost, or cannot be read";
    }
    nlohmann::ordered_json outcome{{"token", token},
                                   {"reason", reason},
                                   {"deadline_ms", (known != nullptr ? known->deadline : begun).count()},
                                   {"begun_ms", begun.count()},
                                   {"ended_ms", since_boot().count()},
                                   {"done", done}};
    try {
        if (!done.empty()) {
            directory.write(taken_back_file,
                            outcome.dump(1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n");
        }
        put_aside_unreadable(directory);
    } catch (const model::SystemError& error) {
        done += done.empty() ? "" : std::string("; that could not be written down: ") + error.what();
    }
    return done.empty() ? done : fmt::format("rolled back ({}): {}", reason, done);
}

std::string take_back_confirmed(const StateDirectory& directory, const Applied& confirmed) {
    auto done = "rolled back what was confirmed: " + take_back_table(directory, confirmed);
    try {
        if (confirmed.previous.empty()) {
            forget_confirmed(directory);
            return done + "; at boot nothing is loaded any more";
        }
        directory.write(confirmed_file, confirmed.previous);
    } catch (const model::SystemError& error) {
        throw model::SystemError(fmt::format("{}; but at boot it is loaded again: {}", done, error.what()));
    }
    done += "; at boot the whitelist that was confirmed before is loaded";
    const auto missing = store_boot_files(directory);
    return missing.empty() ? done : done + " (" + missing + ")";
}

} // namespace fwlearn::firewall
