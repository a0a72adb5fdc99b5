#include "timers.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace fwlearn::collector::host {
namespace {

constexpr std::string_view suffix = ".timer";

/// The first Unit= in a [Timer] section: systemd takes no second one, so that a drop-in only counts where the
/// file itself has none (config_parse_trigger_unit() in src/core/load-fragment.c). Without one the service of
/// the same name.
std::string unit_of(const Unit& timer) {
    for (const auto& [key, value] : timer.section("Timer")) {
        if (key == "Unit" && value.find('.') != std::string::npos && !value.ends_with(suffix)) {
            return with_specifiers(value, timer.name);
        }
    }
    return timer.name.substr(0, timer.name.size() - suffix.size()) + ".service";
}

} // namespace

std::vector<Timer> timers_in(const UnitFiles& units) {
    auto names = units.names(suffix);
    for (auto& instance : units.linked_instances(suffix)) {
        names.push_back(std::move(instance));
    }
    std::sort(names.begin(), names.end());
    std::vector<Timer> timers;
    for (const auto& name : names) {
        if (auto file = units.load(name)) {
            file->name = name;
            auto unit = units.real_name(unit_of(*file));
            timers.push_back({std::move(*file), std::move(unit), units.is_started(name)});
        }
    }
    return timers;
}

TimersByUnit by_unit(const std::vector<Timer>& timers) {
    TimersByUnit result;
    for (const bool started : {true, false}) {
        for (const auto& timer : timers) {
            if (timer.started == started && !timer.file.masked) {
                result.try_emplace(model::ForeignText(timer.unit), model::ForeignText(timer.file.name));
            }
        }
    }
    return result;
}

std::optional<model::ForeignText> timer_of(const TimersByUnit& timers, const model::ForeignText& unit) {
    if (const auto found = timers.find(unit); found != timers.end()) {
        return found->second;
    }
    const auto of_template = template_of_unit(unit.raw_bytes());
    const auto found = of_template.empty() ? timers.end() : timers.find(model::ForeignText(of_template));
    constexpr std::string_view end = "@.timer";
    if (found == timers.end() || !found->second.raw_bytes().ends_with(end)) {
        return std::nullopt;
    }
    const auto& timer = found->second.raw_bytes();
    const auto instance = parts_of_unit(unit.raw_bytes()).instance;
    return model::ForeignText(timer.substr(0, timer.size() - end.size() + 1) + std::string(instance) +
                              ".timer");
}

} // namespace fwlearn::collector::host
