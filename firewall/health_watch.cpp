#include "firewall/health_watch.hpp"

#include "firewall/unit_health.hpp"
#include "firewall/way_back.hpp"
#include "run_program.hpp"
#include "service_states.hpp"
#include "state_changes.hpp"
#include "transient_units.hpp"

#include <model/errors.hpp>

#include <poll.h>
#include <systemd/sd-daemon.h>

#include <array>

namespace fwlearn::firewall {
namespace {

void tell(UnitHealth& health, const ServiceState& state) {
    if (state.active) {
        health.state_is(state.unit, *state.active, state.sub);
    }
    if (state.restarts) {
        health.restarts_are(state.unit, *state.restarts);
    }
}

/// systemd says "failed" also of a service that it restarts in the same moment (Restart=; 252 does). By the
/// time that it answers it is about to start again, and that counts as a restart.
bool is_up_again(const ServiceStates& states, const ServiceState& change) {
    const auto now = states.active_state(change.unit);
    return now == "activating" || now == "active" || now == "reloading";
}

void tell_changes(UnitHealth& health, ServiceStates& states) {
    while (auto change = states.next_change()) {
        if (health.concerns(change->unit) && change->active == "failed" && is_up_again(states, *change)) {
            change->active.reset();
        }
        tell(health, *change);
    }
}

/// Until something has changed: whether it was the state, and not a service.
bool wait_for_either(const ServiceStates& states, const StateChanges& changes) {
    std::array<pollfd, 2> watched{
        {{states.descriptor(), states.events(), 0}, {changes.descriptor(), POLLIN, 0}}};
    return poll(watched.data(), watched.size(), -1) > 0 && watched[1].revents != 0;
}

/// Where that is lost the way back is there all the same.
bool is_armed(const StateDirectory& directory, const std::string& token) {
    const auto armed = armed_if_readable(directory);
    return armed && armed->token == token;
}

} // namespace

std::vector<std::string> health_command(const StateDirectory& directory, const std::string& token,
                                        const std::string& only, const std::filesystem::path& program) {
    std::vector<std::string> command{
        "systemd-run",
        "--quiet",
        "--collect",
        "--no-ask-password",
        "--unit=" + health_unit(token),
        "--description=Take back the firewall whitelist when a service turns ill",
        "--property=Type=notify", // systemd-run returns when it is told that it has begun
        "--property=TimeoutStartSec=5s",
        "--property=IgnoreOnIsolate=yes", // as for the way back
        "--property=Restart=on-failure",
        "--property=RestartSec=1s",
        "--property=StartLimitIntervalSec=0",
        "--",
        program.string(),
        "rollback",
        "--state",
        directory.path().string(),
        "--unless-healthy",
        token};
    if (!only.empty()) {
        command.push_back("--of-unit=" + only);
    }
    return command;
}

void start_health_watch(const StateDirectory& directory, const Applied& armed, const std::string& only) {
    if (!systemd_is_here()) {
        throw model::SystemError("systemd does not run this host");
    }
    const auto ended = run_program(
        health_command(directory, armed.token, only, std::filesystem::read_symlink("/proc/self/exe")));
    if (ended.status != 0) {
        // It would be tried again.
        run_program({"systemctl", "--quiet", "--no-ask-password", "stop", health_unit(armed.token)});
        throw model::SystemError("cannot make the service that would watch them: " + ended.words);
    }
}

std::string take_back_unless_healthy(const StateDirectory& directory, const std::string& token,
                                     const std::string& only,
                                     const std::function<void(const std::string& error)>& complain) {
    const StateChanges changes(directory);
    if (!is_armed(directory, token)) {
        return {};
    }
    ServiceStates states;
    UnitHealth health(only);
    for (const auto& state : states.all()) {
        tell(health, state);
    }
    tell_changes(health, states); // from before, and while it asked
    health.begin();
    sd_notify(0, "READY=1");
    for (;;) {
        if (wait_for_either(states, changes)) {
            changes.forget();
            if (!is_armed(directory, token)) {
                return {};
            }
        }
        tell_changes(health, states);
        if (health.complaint()) {
            auto done = take_back_by_all_means(directory, token, *health.complaint(), complain);
            disarm_timer(token);
            return done;
        }
    }
}

} // namespace fwlearn::firewall
