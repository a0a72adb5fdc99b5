#include "service_states.hpp"

#include <model/errors.hpp>

#include <systemd/sd-bus.h>

#include <cstdlib>
#include <string_view>

namespace fwlearn::firewall {
namespace {

constexpr const char* address = "unix:path=/run/systemd/private";
constexpr const char* manager = "org.freedesktop.systemd1";
constexpr const char* units_path = "/org/freedesktop/systemd1/unit";

struct Unref {
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
    void operator()(char* text) const { std::free(text); } // NOLINT: sd-bus makes it by malloc(3)
};
using Message = std::unique_ptr<sd_bus_message, Unref>;
using Text = std::unique_ptr<char, Unref>;

/// sd-bus returns errors as negative errno.
int must(int status) {
    if (status < 0) {
        throw model::SystemError("cannot hear from systemd how services are", -status);
    }
    return status;
}

std::string unit_of(const char* path) {
    char* name = nullptr;
    if (path == nullptr || sd_bus_path_decode(path, units_path, &name) <= 0) {
        return {};
    }
    return Text(name).get();
}

std::string path_of(const std::string& unit) {
    char* path = nullptr;
    must(sd_bus_path_encode(units_path, unit.c_str(), &path));
    return Text(path).get();
}

/// A variant of this type, of which the message is right before.
template <class Value>
Value read_variant(sd_bus_message* message, const char* type) {
    Value value{};
    must(sd_bus_message_enter_container(message, SD_BUS_TYPE_VARIANT, type));
    must(sd_bus_message_read_basic(message, *type, &value));
    must(sd_bus_message_exit_container(message));
    return value;
}

/// PropertiesChanged: "sa{sv}as", the interface, what changed, and of what that is not said.
ServiceState read_change(sd_bus_message* message) {
    ServiceState state;
    state.unit = unit_of(sd_bus_message_get_path(message));
    must(sd_bus_message_skip(message, "s"));
    must(sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "{sv}"));
    while (must(sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, "sv")) > 0) {
        const char* name = nullptr;
        must(sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &name));
        const std::string_view property = name;
        if (property == "ActiveState") {
            state.active = read_variant<const char*>(message, "s");
        } else if (property == "SubState") {
            state.sub = read_variant<const char*>(message, "s");
        } else if (property == "NRestarts") {
            state.restarts = read_variant<std::uint32_t>(message, "u");
        } else {
            must(sd_bus_message_skip(message, "v"));
        }
        must(sd_bus_message_exit_container(message));
    }
    return state;
}

/// Nothing where the service has gone meanwhile, or systemd does not count (before 235).
std::optional<std::uint32_t> restarts_of(sd_bus* bus, const std::string& path) {
    std::uint32_t count = 0;
    if (sd_bus_get_property_trivial(bus, manager, path.c_str(), "org.freedesktop.systemd1.Service",
                                    "NRestarts", nullptr, SD_BUS_TYPE_UINT32, &count) < 0) {
        return std::nullopt;
    }
    return count;
}

} // namespace

void ServiceStates::Closing::operator()(sd_bus* bus) const {
    sd_bus_close_unref(bus);
}

ServiceStates::ServiceStates() {
    sd_bus* opened = nullptr;
    must(sd_bus_new(&opened));
    bus_.reset(opened);
    must(sd_bus_set_address(opened, address));
    must(sd_bus_start(opened));
}

ServiceStates::~ServiceStates() = default;

std::vector<ServiceState> ServiceStates::all() const {
    sd_bus_message* said = nullptr;
    must(sd_bus_call_method(bus_.get(), manager, "/org/freedesktop/systemd1",
                            "org.freedesktop.systemd1.Manager", "ListUnitsByPatterns", nullptr, &said, "asas",
                            0, 1, "*.service"));
    const Message reply(said);
    std::vector<ServiceState> states;
    std::vector<std::string> paths;
    must(sd_bus_message_enter_container(said, SD_BUS_TYPE_ARRAY, "(ssssssouso)"));
    for (;;) {
        const char* unit = nullptr;
        const char* active = nullptr;
        const char* sub = nullptr;
        const char* path = nullptr;
        const char* ignored = nullptr;
        std::uint32_t job = 0;
        if (must(sd_bus_message_read(said, "(ssssssouso)", &unit, &ignored, &ignored, &active, &sub, &ignored,
                                     &path, &job, &ignored, &ignored)) == 0) {
            break;
        }
        states.push_back({unit, active, sub, std::nullopt});
        paths.emplace_back(path);
    }
    for (std::size_t index = 0; index < states.size(); ++index) {
        states[index].restarts = restarts_of(bus_.get(), paths[index]);
    }
    return states;
}

std::string ServiceStates::active_state(const std::string& unit) const {
    char* said = nullptr;
    if (sd_bus_get_property_string(bus_.get(), manager, path_of(unit).c_str(),
                                   "org.freedesktop.systemd1.Unit", "ActiveState", nullptr, &said) < 0) {
        return {};
    }
    return Text(said).get();
}

std::optional<ServiceState> ServiceStates::next_change() {
    for (;;) {
        sd_bus_message* got = nullptr;
        const bool worked = must(sd_bus_process(bus_.get(), &got)) > 0;
        const Message message(got);
        if (!worked) {
            return std::nullopt;
        }
        if (got != nullptr &&
            sd_bus_message_is_signal(got, "org.freedesktop.DBus.Properties", "PropertiesChanged") > 0) {
            return read_change(got);
        }
    }
}

int ServiceStates::descriptor() const {
    return must(sd_bus_get_fd(bus_.get()));
}

short ServiceStates::events() const {
    return static_cast<short>(must(sd_bus_get_events(bus_.get())));
}

} // namespace fwlearn::firewall
