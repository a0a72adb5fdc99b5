#include "firewall/way_back.hpp"

#include "detached_way_back.hpp"
#include "firewall/take_back.hpp"
#include "run_program.hpp"
#include "transient_units.hpp"

#include <model/errors.hpp>

#include <fmt/format.h>
#include <unistd.h>

namespace fwlearn::firewall {
namespace {

/// Whoever confirmed it while its table was taken back was late by a moment: what is loaded at boot follows
/// the table.
std::string end_as_taken_back(const StateDirectory& directory, const std::string& token) {
    const auto confirmed = read_applied(directory, confirmed_file);
    return confirmed && confirmed->token == token ? take_back_confirmed(directory, *confirmed)
                                                  : std::string();
}

} // namespace

std::vector<std::string> timer_command(const StateDirectory& directory, const std::string& token,
                                       std::chrono::milliseconds left, const std::filesystem::path& program) {
    return {"systemd-run", "--quiet", "--collect", "--no-ask-password", "--unit=" + way_back_unit(token),
            "--description=Take back the firewall whitelist unless it is confirmed",
            fmt::format("--on-active={}ms", left.count()), "--timer-property=AccuracySec=100ms",
            // systemctl isolate stops all that the new target does not want: neither the timer nor its work.
            "--timer-property=IgnoreOnIsolate=yes", "--property=IgnoreOnIsolate=yes",
            "--property=Type=oneshot",
            // It tries on by itself; this is for one that is killed.
            "--property=Restart=on-failure", "--property=RestartSec=1s", "--property=StartLimitIntervalSec=0",
            "--property=OOMScoreAdjust=-1000", "--", program.string(), "rollback", "--state",
            directory.path().string(), "--when-due", token};
}

std::string arm_way_back(const StateDirectory& directory, const Applied& armed) {
    if (!systemd_is_here()) {
        return fmt::format("process {}", start_detached_way_back(directory, armed));
    }
    const auto left = std::max(armed.deadline - since_boot(), std::chrono::milliseconds(1));
    const auto ended = run_program(
        timer_command(directory, armed.token, left, std::filesystem::read_symlink("/proc/self/exe")));
    if (ended.status != 0) {
        throw model::SystemError("cannot make the timer that would take the whitelist back: " + ended.words);
    }
    return way_back_unit(armed.token) + ".timer";
}

void disarm_way_back(const Applied& armed) {
    if (systemd_is_here()) {
        run_program({"systemctl", "--quiet", "--no-ask-password", "stop",
                     way_back_unit(armed.token) + ".timer", health_unit(armed.token) + ".service"});
    }
    // The process of its own sees by itself that the state has changed.
}

void disarm_timer(const std::string& token) {
    run_program({"systemctl", "--quiet", "--no-ask-password", "stop", way_back_unit(token) + ".timer"});
}

bool way_back_is_lost(const std::string& token) {
    if (!systemd_is_here()) {
        return false; // it is a process, whose pid nobody has written down
    }
    // As systemctl(1) has it: 3 where none of them is active.
    constexpr int none_active = 3;
    return run_program({"systemctl", "--quiet", "is-active", way_back_unit(token) + ".timer",
                        way_back_unit(token) + ".service"})
               .status == none_active;
}

std::string take_back_unless_over(const StateDirectory& directory, const std::string& token,
                                  const std::string& reason, const Applied* known) {
    // Whoever holds the lock may have been stopped (Ctrl-Z) while he does, or be slow and load the table only
    // now. The way back does not wait for him, and does not believe that it is over before he has let go.
    constexpr auto patience = std::chrono::seconds(1);
    for (bool table_is_back = false;; table_is_back = true) {
        const auto lock = directory.lock_if_possible(patience);
        if (is_over(directory, token)) {
            return table_is_back && lock ? end_as_taken_back(directory, token) : std::string();
        }
        const auto armed = armed_if_readable(directory);
        if (!armed || armed->token != token) {
            auto done = take_back_unrecorded(directory, token, known, reason);
            if (lock) {
                return done;
            }
        } else if (lock) {
            return take_back(directory, *armed, reason);
        } else {
            take_back_table(directory, *armed);
        }
    }
}

std::string take_back_by_all_means(const StateDirectory& directory, const std::string& token,
                                   const std::string& reason,
                                   const std::function<void(const std::string& error)>& complain,
                                   const Applied* known) {
    constexpr unsigned soon = 1;
    constexpr unsigned later = 10;
    constexpr int many = 60;
    for (int attempt = 0;; ++attempt) {
        try {
            return take_back_unless_over(directory, token, reason, known);
        } catch (const std::exception& error) {
            if (attempt % many == 0) {
                complain(error.what());
            }
            sleep(attempt < many ? soon : later);
        }
    }
}

} // namespace fwlearn::firewall
