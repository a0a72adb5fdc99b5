#include "firewall/unit_health.hpp"

#include "transient_units.hpp"

#include <model/foreign_text.hpp>

#include <fmt/format.h>

namespace fwlearn::firewall {

bool UnitHealth::concerns(const std::string& unit) const {
    return unit.ends_with(".service") && !is_own_unit(unit) && (only_.empty() || unit == only_);
}

void UnitHealth::state_is(const std::string& unit, const std::string& active, const std::string& sub) {
    if (!concerns(unit)) {
        return;
    }
    if (!begun_) {
        if (sub == "auto-restart") {
            looped_.insert(unit);
        } else {
            looped_.erase(unit);
        }
    }
    if (active != "failed") {
        failed_.erase(unit);
    } else if (failed_.insert(unit).second) {
        complain(unit, "failed");
    }
}

void UnitHealth::restarts_are(const std::string& unit, std::uint32_t count) {
    if (!concerns(unit) || (count == 0 && !restarts_.contains(unit))) {
        return;
    }
    auto& restarts = restarts_[unit];
    const auto more = count < restarts.said ? count : count - restarts.said;
    restarts.said = count;
    if (begun_) {
        restarts.since += more;
    }
    if (restarts.since >= too_many_restarts) {
        complain(unit, fmt::format("was restarted {} times", restarts.since));
    }
}

void UnitHealth::complain(const std::string& unit, const std::string& of_what) {
    if (begun_ && !complaint_ && !looped_.contains(unit)) {
        complaint_ = fmt::format("{} {}", model::for_terminal(model::ForeignText(unit)), of_what);
    }
}

} // namespace fwlearn::firewall
