#include "bus_timers.hpp"

#include <systemd/sd-bus.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace fwlearn::collector::host {
namespace {

/// On which process 1 listens for root alone: there before any bus is.
constexpr const char* private_address = "unix:path=/run/systemd/private";
/// For everybody else. The name systemd has there, root alone may take (org.freedesktop.systemd1.conf).
constexpr const char* bus_address = "unix:path=/run/dbus/system_bus_socket";
constexpr const char* systemd = "org.freedesktop.systemd1";
constexpr std::size_t most_timers = 1024; ///< of a host that has more, files tell

struct Unref {
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
    void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
};
using Message = std::unique_ptr<sd_bus_message, Unref>;

/// What is left of the patience. The clock is that of the waiting itself, as poll(2) has it.
class Patience {
  public:
    explicit Patience(std::chrono::milliseconds all) : ends_(std::chrono::steady_clock::now() + all) {}
    /// In microseconds, as sd-bus takes it.
    [[nodiscard]] std::uint64_t left() const {
        const auto now = std::chrono::steady_clock::now();
        return now >= ends_ ? 0
                            : static_cast<std::uint64_t>(
                                  std::chrono::ceil<std::chrono::microseconds>(ends_ - now).count());
    }

  private:
    std::chrono::steady_clock::time_point ends_;
};

/// sd_bus_call() waits for the greeting, 90 s if need be, before it looks at its own timeout.
bool greet(sd_bus& bus, const Patience& patience) {
    for (;;) {
        const int ready = sd_bus_is_ready(&bus);
        if (ready != 0) {
            return ready > 0;
        }
        const auto left = patience.left();
        const int worked = left == 0 ? -1 : sd_bus_process(&bus, nullptr);
        if (worked < 0 || (worked == 0 && sd_bus_wait(&bus, left) < 0)) {
            return false;
        }
    }
}

/// The answer, or nothing: refused, or late. Takes the message over.
Message call(sd_bus& bus, const Message& question, const Patience& patience) {
    const auto left = patience.left();
    sd_bus_message* said = nullptr;
    if (!question || left == 0 || sd_bus_call(&bus, question.get(), left, nullptr, &said) < 0) {
        return nullptr;
    }
    return Message(said);
}

Message method(sd_bus& bus, const char* path, const char* interface, const char* name) {
    sd_bus_message* made = nullptr;
    return Message(sd_bus_message_new_method_call(&bus, &made, systemd, path, interface, name) < 0 ? nullptr
                                                                                                   : made);
}

/// Name and path of each timer that is loaded, with whether it is active.
struct Listed {
    BusTimer timer;
    std::string path;
};

std::optional<std::vector<Listed>> listed(sd_bus_message* said) {
    std::vector<Listed> found;
    if (sd_bus_message_enter_container(said, SD_BUS_TYPE_ARRAY, "(ssssssouso)") < 0) {
        return std::nullopt;
    }
    for (;;) {
        const char* name = nullptr;
        const char* loaded = nullptr;
        const char* active = nullptr;
        const char* path = nullptr;
        const char* ignored = nullptr;
        std::uint32_t job = 0;
        const int more = sd_bus_message_read(said, "(ssssssouso)", &name, &ignored, &loaded, &active,
                                             &ignored, &ignored, &path, &job, &ignored, &ignored);
        if (more < 0) {
            return std::nullopt;
        }
        if (more == 0) {
            return found;
        }
        const std::string_view state = active;
        if (std::string_view(name).ends_with(".timer") && std::string_view(loaded) != "not-found" &&
            found.size() < most_timers) {
            BusTimer timer;
            timer.name = name;
            timer.active = state == "active" || state == "activating" || state == "reloading";
            found.push_back({std::move(timer), path});
        }
    }
}

std::optional<std::vector<Listed>> list_timers(sd_bus& bus, const Patience& patience) {
    const auto question =
        method(bus, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "ListUnitsByPatterns");
    if (!question || sd_bus_message_append(question.get(), "asas", 0, 1, "*.timer") < 0) {
        return std::nullopt;
    }
    const auto answer = call(bus, question, patience);
    return answer ? listed(answer.get()) : std::nullopt;
}

/// Numbers of a timer's properties, and its texts; what else there is is passed over.
struct Properties {
    std::map<std::string, std::uint64_t, std::less<>> numbers;
    std::string unit;
    std::string when;

    [[nodiscard]] std::uint64_t number(std::string_view name) const {
        const auto found = numbers.find(name);
        return found == numbers.end() ? 0 : found->second;
    }
};

void add_when(std::string& when, const std::string& more) {
    when += (when.empty() ? "" : "; ") + more;
}

/// TimersCalendar, a(sst): which setting, its value, when it is next.
int read_calendar(sd_bus_message* said, std::string& when) {
    int status = sd_bus_message_enter_container(said, SD_BUS_TYPE_ARRAY, "(sst)");
    while (status >= 0) {
        const char* setting = nullptr;
        const char* value = nullptr;
        std::uint64_t next = 0;
        status = sd_bus_message_read(said, "(sst)", &setting, &value, &next);
        if (status <= 0) {
            break;
        }
        add_when(when, std::string(setting) + "=" + value);
    }
    return status < 0 ? status : sd_bus_message_exit_container(said);
}

/// TimersMonotonic, a(stt): "OnBootUSec" stands for OnBootSec=.
int read_monotonic(sd_bus_message* said, std::string& when) {
    constexpr std::string_view unit_of_time = "USec";
    constexpr std::uint64_t microseconds = 1'000'000;
    int status = sd_bus_message_enter_container(said, SD_BUS_TYPE_ARRAY, "(stt)");
    while (status >= 0) {
        const char* property = nullptr;
        std::uint64_t value = 0;
        std::uint64_t next = 0;
        status = sd_bus_message_read(said, "(stt)", &property, &value, &next);
        if (status <= 0) {
            break;
        }
        std::string setting = property;
        if (setting.ends_with(unit_of_time)) {
            setting.replace(setting.size() - unit_of_time.size(), std::string::npos, "Sec");
        }
        add_when(when, setting + "=" + std::to_string(value / microseconds) + "s");
    }
    return status < 0 ? status : sd_bus_message_exit_container(said);
}

int read_value(sd_bus_message* said, std::string_view name, const char* type, Properties& properties) {
    const std::string_view types = type;
    if (types == "t") {
        return sd_bus_message_read_basic(said, SD_BUS_TYPE_UINT64, &properties.numbers[std::string(name)]);
    }
    if (name == "Unit" && types == "s") {
        const char* unit = nullptr;
        const int status = sd_bus_message_read_basic(said, SD_BUS_TYPE_STRING, &unit);
        properties.unit = status < 0 ? "" : unit;
        return status;
    }
    if (name == "TimersCalendar" && types == "a(sst)") {
        return read_calendar(said, properties.when);
    }
    if (name == "TimersMonotonic" && types == "a(stt)") {
        return read_monotonic(said, properties.when);
    }
    return sd_bus_message_skip(said, type);
}

/// One "{sv}" of GetAll's "a{sv}": 1, 0 when there is no other, negative where it is something else.
int read_property(sd_bus_message* said, Properties& properties) {
    const int entered = sd_bus_message_enter_container(said, SD_BUS_TYPE_DICT_ENTRY, "sv");
    if (entered <= 0) {
        return entered;
    }
    const char* name = nullptr;
    const char* type = nullptr;
    char kind = 0;
    if (sd_bus_message_read_basic(said, SD_BUS_TYPE_STRING, &name) < 0 ||
        sd_bus_message_peek_type(said, &kind, &type) < 0 || kind != SD_BUS_TYPE_VARIANT ||
        sd_bus_message_enter_container(said, SD_BUS_TYPE_VARIANT, type) < 0 ||
        read_value(said, name, type, properties) < 0 || sd_bus_message_exit_container(said) < 0 ||
        sd_bus_message_exit_container(said) < 0) {
        return -1;
    }
    return 1;
}

std::optional<Properties> properties_of(sd_bus& bus, const std::string& path, const Patience& patience) {
    const auto question = method(bus, path.c_str(), "org.freedesktop.DBus.Properties", "GetAll");
    if (!question || sd_bus_message_append(question.get(), "s", "org.freedesktop.systemd1.Timer") < 0) {
        return std::nullopt;
    }
    const auto answer = call(bus, question, patience);
    if (!answer || sd_bus_message_enter_container(answer.get(), SD_BUS_TYPE_ARRAY, "{sv}") < 0) {
        return std::nullopt;
    }
    Properties properties;
    int more = 1;
    while (more > 0) {
        more = read_property(answer.get(), properties);
    }
    return more == 0 ? std::optional(std::move(properties)) : std::nullopt;
}

/// One value of a unit, `type` as D-Bus has it; false where it is not said.
bool read_of_unit(sd_bus& bus, const std::string& path, const char* name, const char* type, void* value,
                  const Patience& patience) {
    const auto question = method(bus, path.c_str(), "org.freedesktop.DBus.Properties", "Get");
    if (!question || sd_bus_message_append(question.get(), "ss", "org.freedesktop.systemd1.Unit", name) < 0) {
        return false;
    }
    const auto answer = call(bus, question, patience);
    return answer && sd_bus_message_enter_container(answer.get(), SD_BUS_TYPE_VARIANT, type) >= 0 &&
           sd_bus_message_read_basic(answer.get(), *type, value) > 0;
}

/// Conditions of its own did not hold when they were looked at last: it does not wait, and will not run.
bool is_kept_off(sd_bus& bus, const std::string& path, const Patience& patience) {
    std::uint64_t looked_at = 0;
    int held = 1;
    return read_of_unit(bus, path, "ConditionTimestamp", "t", &looked_at, patience) && looked_at != 0 &&
           read_of_unit(bus, path, "ConditionResult", "b", &held, patience) && held == 0;
}

/// Microseconds; 0 and the greatest are none (USEC_INFINITY in src/basic/time-util.h), and so is what is
/// beyond the year 9999.
std::optional<model::Timestamp> time_at(std::uint64_t microseconds) {
    constexpr std::uint64_t year_9999 = 253402300799000000;
    return microseconds == 0 || microseconds > year_9999
               ? std::nullopt
               : std::optional(model::Timestamp(std::chrono::milliseconds(microseconds / 1000)));
}

/// The earlier of what the calendar and what the monotonic settings say; systemd tells the latter by
/// CLOCK_MONOTONIC, also of a timer that wakes the host (property_get_next_elapse_monotonic()).
std::optional<model::Timestamp> next_of(const Properties& properties, model::Timestamp wall,
                                        std::chrono::nanoseconds monotonic) {
    const auto by_calendar = time_at(properties.number("NextElapseUSecRealtime"));
    auto by_monotonic = time_at(properties.number("NextElapseUSecMonotonic"));
    if (by_monotonic) {
        *by_monotonic = wall + (by_monotonic->time_since_epoch() -
                                std::chrono::floor<std::chrono::milliseconds>(monotonic));
    }
    return by_calendar && by_monotonic ? std::min(by_calendar, by_monotonic)
           : by_calendar               ? by_calendar
                                       : by_monotonic;
}

std::chrono::seconds delay_of(const Properties& properties) {
    constexpr std::uint64_t microseconds = 1'000'000;
    constexpr std::uint64_t most = 366ULL * 24 * 3600;
    return std::chrono::seconds(std::min(most, properties.number("AccuracyUSec") / microseconds +
                                                   properties.number("RandomizedDelayUSec") / microseconds));
}

} // namespace

std::optional<std::vector<BusTimer>> ask_for_timers(sd_bus& bus, model::Timestamp wall,
                                                    std::chrono::nanoseconds monotonic,
                                                    std::chrono::milliseconds most) {
    const Patience patience(most);
    if (!greet(bus, patience)) {
        return std::nullopt;
    }
    auto all = list_timers(bus, patience);
    if (!all) {
        return std::nullopt;
    }
    std::vector<BusTimer> timers;
    for (auto& [timer, path] : *all) {
        const auto properties = properties_of(bus, path, patience);
        if (!properties) {
            if (patience.left() == 0) {
                return std::nullopt;
            }
            continue; // gone meanwhile
        }
        timer.unit = properties->unit;
        timer.when = properties->when;
        timer.delay = delay_of(*properties);
        timer.kept_off = !timer.active && is_kept_off(bus, path, patience);
        timer.next_run = next_of(*properties, wall, monotonic);
        timer.last_run = time_at(properties->number("LastTriggerUSec"));
        timers.push_back(std::move(timer));
    }
    std::sort(timers.begin(), timers.end(),
              [](const BusTimer& one, const BusTimer& other) { return one.name < other.name; });
    return timers;
}

std::optional<std::vector<BusTimer>> ask_systemd_for_timers(model::Timestamp wall,
                                                            std::chrono::nanoseconds monotonic) {
    sd_bus* opened = nullptr;
    if (sd_bus_new(&opened) < 0) {
        return std::nullopt;
    }
    const std::unique_ptr<sd_bus, Unref> bus(opened);
    const bool root = geteuid() == 0;
    if (sd_bus_set_address(opened, root ? private_address : bus_address) < 0 ||
        sd_bus_set_bus_client(opened, root ? 0 : 1) < 0 || sd_bus_start(opened) < 0) {
        return std::nullopt;
    }
    return ask_for_timers(*bus, wall, monotonic);
}

} // namespace fwlearn::collector::host
