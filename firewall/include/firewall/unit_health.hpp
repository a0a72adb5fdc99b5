// Does a service turn ill while a whitelist waits to be confirmed? What was ill before does not count, and
// neither does the way back itself.
// Pure: it is told what systemd says, and knows nothing of how that is heard. Used by health_watch.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace fwlearn::firewall {

class UnitHealth {
  public:
    /// So many restarts since it began are a loop.
    static constexpr std::uint32_t too_many_restarts = 3;

    /// Of this unit alone; empty: of every service.
    explicit UnitHealth(std::string only = {}) : only_(std::move(only)) {}

    /// Whatever is said of any other unit is ignored.
    [[nodiscard]] bool concerns(const std::string& unit) const;

    /// As systemd has them: ActiveState and SubState of org.freedesktop.systemd1.Unit.
    void state_is(const std::string& unit, const std::string& active, const std::string& sub);
    /// NRestarts of org.freedesktop.systemd1.Service. systemd counts anew when somebody starts the unit.
    void restarts_are(const std::string& unit, std::uint32_t count);

    /// Until now it was told how things were; what it is told from now on counts.
    void begin() { begun_ = true; }

    /// "nginx.service failed": the first that turned ill, for people. Nothing: none has.
    [[nodiscard]] const std::optional<std::string>& complaint() const { return complaint_; }

  private:
    struct Restarts {
        std::uint32_t said = 0;
        std::uint32_t since = 0; ///< it began
    };

    void complain(const std::string& unit, const std::string& of_what);

    std::string only_;
    bool begun_ = false;
    std::set<std::string> failed_;
    std::set<std::string> looped_; ///< before it began: they go on, whatever is loaded
    std::map<std::string, Restarts> restarts_;
    std::optional<std::string> complaint_;
};

} // namespace fwlearn::firewall
