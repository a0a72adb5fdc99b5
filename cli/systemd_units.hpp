// Asks the host's systemd what a timer starts and of what kind that is. Changes nothing. Private to this
// room; used by rehearse.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace fwlearn::cli {

/// Every member throws model::SystemError where systemd does not answer.
class SystemdUnits {
  public:
    /// By the system's message bus, or as root by systemd's own socket.
    SystemdUnits();
    ~SystemdUnits();
    SystemdUnits(const SystemdUnits&) = delete;
    SystemdUnits& operator=(const SystemdUnits&) = delete;

    /// Nothing where there is no such timer.
    [[nodiscard]] std::optional<std::string> unit_of_timer(const std::string& timer) const;
    /// Type= of a service: "oneshot"; empty where there is no such service.
    [[nodiscard]] std::string type_of(const std::string& service) const;

  private:
    class Bus;
    std::unique_ptr<Bus> bus_;
};

} // namespace fwlearn::cli
