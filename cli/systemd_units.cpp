#include "systemd_units.hpp"

#include <model/errors.hpp>

#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cstdlib>

namespace fwlearn::cli {
namespace {

constexpr const char* manager = "org.freedesktop.systemd1";
constexpr std::uint64_t patience = 5'000'000; // microseconds

/// sd-bus returns errors as negative errno.
int must(int status) {
    if (status < 0) {
        throw model::SystemError("cannot ask systemd about timers and services", -status);
    }
    return status;
}

struct Free {
    void operator()(char* text) const { std::free(text); } // NOLINT: sd-bus makes it by malloc(3)
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Text = std::unique_ptr<char, Free>;
using Message = std::unique_ptr<sd_bus_message, Free>;

} // namespace

class SystemdUnits::Bus {
  public:
    Bus() {
        if (geteuid() == 0) {
            must(sd_bus_new(&bus_));
            must(sd_bus_set_address(bus_, "unix:path=/run/systemd/private"));
            must(sd_bus_start(bus_));
        } else {
            must(sd_bus_open_system(&bus_));
        }
        sd_bus_set_method_call_timeout(bus_, patience);
    }
    ~Bus() { sd_bus_flush_close_unref(bus_); }
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;

    /// Loads the unit if it is not. Empty where it has no such property.
    [[nodiscard]] std::string property(const std::string& unit, const char* interface,
                                       const char* name) const {
        sd_bus_message* reply = nullptr;
        const int loaded =
            sd_bus_call_method(bus_, manager, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                               "LoadUnit", nullptr, &reply, "s", unit.c_str());
        const Message message(reply);
        must(loaded);
        const char* path = nullptr;
        must(sd_bus_message_read(message.get(), "o", &path));
        char* value = nullptr;
        if (sd_bus_get_property_string(bus_, manager, path, interface, name, nullptr, &value) < 0) {
            return {};
        }
        return Text(value).get();
    }

  private:
    sd_bus* bus_ = nullptr;
};

SystemdUnits::SystemdUnits() : bus_(std::make_unique<Bus>()) {}
SystemdUnits::~SystemdUnits() = default;

std::optional<std::string> SystemdUnits::unit_of_timer(const std::string& timer) const {
    if (bus_->property(timer, "org.freedesktop.systemd1.Unit", "LoadState") != "loaded") {
        return std::nullopt;
    }
    return bus_->property(timer, "org.freedesktop.systemd1.Timer", "Unit");
}

std::string SystemdUnits::type_of(const std::string& service) const {
    return bus_->property(service, "org.freedesktop.systemd1.Unit", "LoadState") == "loaded"
               ? bus_->property(service, "org.freedesktop.systemd1.Service", "Type")
               : std::string();
}

} // namespace fwlearn::cli
