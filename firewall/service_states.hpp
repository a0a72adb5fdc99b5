// What systemd says of its services: how they are, and then each change as it comes. Over the socket on which
// process 1 listens for root alone: there is no other program on it that could say so in its stead, and it
// needs no message bus. systemd sends its signals there without being asked (its dbus-manager.c, Subscribe).
// Knows nothing of what is ill. Private to this room; used by health_watch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sd_bus;

namespace fwlearn::firewall {

/// Of a unit of whatever type; what is not there was not said.
struct ServiceState {
    std::string unit;
    std::optional<std::string> active;     ///< ActiveState
    std::string sub;                       ///< SubState, where there is an ActiveState
    std::optional<std::uint32_t> restarts; ///< NRestarts
};

class ServiceStates {
  public:
    /// Throws SystemError, as what follows does when systemd has hung up (systemctl daemon-reexec).
    ServiceStates();
    ~ServiceStates();
    ServiceStates(const ServiceStates&) = delete;
    ServiceStates& operator=(const ServiceStates&) = delete;

    /// Of every service that is loaded, as it is now.
    [[nodiscard]] std::vector<ServiceState> all() const;
    /// The ActiveState of one, as it is now; empty: there is no such unit any more.
    [[nodiscard]] std::string active_state(const std::string& unit) const;
    /// The next change, in their order, also those from before what was asked last. Nothing: none has come
    /// so far.
    std::optional<ServiceState> next_change();

    /// For poll(2), when no change is left.
    [[nodiscard]] int descriptor() const;
    [[nodiscard]] short events() const;

  private:
    struct Closing {
        void operator()(sd_bus* bus) const;
    };
    std::unique_ptr<sd_bus, Closing> bus_;
};

} // namespace fwlearn::firewall
