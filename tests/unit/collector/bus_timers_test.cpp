// Is what systemd says of its timers read, and is a systemd that is slow, silent or gone waited for no longer
// than agreed? A server of sd-bus's own kind answers at the other end of a pair of sockets.
#include <bus_timers.hpp>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>

using namespace fwlearn;
using collector::host::BusTimer;
using namespace std::chrono_literals;

namespace {

constexpr model::Timestamp wall{std::chrono::milliseconds(1'800'000'000'000)};
constexpr std::uint64_t a_minute = 60'000'000;
constexpr std::uint64_t a_week = 7 * 24 * 60 * a_minute;
constexpr std::uint64_t infinity = UINT64_MAX;

struct FakeTimer {
    const char* name;
    const char* loaded;
    const char* active;
    const char* path; ///< below the folder of units
    const char* unit;
    std::uint64_t next_realtime;
    std::uint64_t next_monotonic;
    std::uint64_t last;
};

constexpr std::uint64_t wall_microseconds = 1'800'000'000'000'000;
constexpr std::array<FakeTimer, 5> fakes{{
    {"weekly.timer", "loaded", "active", "weekly_2etimer", "dump.service", wall_microseconds + a_week,
     infinity, wall_microseconds - 5 * a_minute},
    {"boot.timer", "loaded", "active", "boot_2etimer", "boot.service", 0, 8 * a_minute, 0},
    {"off.timer", "loaded", "inactive", "off_2etimer", "off.service", infinity, infinity, 0},
    {"gone.timer", "not-found", "inactive", "gone_2etimer", "", 0, 0, 0},
    {"unloaded.timer", "loaded", "active", "nowhere", "", 0, 0, 0}, // nobody answers for it
}};

int list_units(sd_bus_message* question, void* /*unused*/, sd_bus_error* /*unused*/) {
    sd_bus_message* answer = nullptr;
    sd_bus_message_new_method_return(question, &answer);
    sd_bus_message_open_container(answer, 'a', "(ssssssouso)");
    for (const auto& fake : fakes) {
        const auto path = std::string("/org/freedesktop/systemd1/unit/") + fake.path;
        sd_bus_message_append(answer, "(ssssssouso)", fake.name, "", fake.loaded, fake.active, "waiting", "",
                              path.c_str(), 0U, "", "/");
    }
    sd_bus_message_close_container(answer);
    const int status = sd_bus_send(nullptr, answer, nullptr);
    sd_bus_message_unref(answer);
    return status;
}

const FakeTimer& fake_at(const char* path) {
    for (const auto& fake : fakes) {
        if (std::string(path).ends_with(std::string("/") + fake.path)) {
            return fake;
        }
    }
    throw std::runtime_error(path);
}

int get_number(sd_bus* /*unused*/, const char* path, const char* /*unused*/, const char* property,
               sd_bus_message* answer, void* /*unused*/, sd_bus_error* /*unused*/) {
    const auto& fake = fake_at(path);
    const std::string name = property;
    return sd_bus_message_append(answer, "t",
                                 name == "NextElapseUSecRealtime"    ? fake.next_realtime
                                 : name == "NextElapseUSecMonotonic" ? fake.next_monotonic
                                 : name == "LastTriggerUSec"         ? fake.last
                                                                     : a_minute);
}

int get_unit(sd_bus* /*unused*/, const char* path, const char* /*unused*/, const char* /*unused*/,
             sd_bus_message* answer, void* /*unused*/, sd_bus_error* /*unused*/) {
    return sd_bus_message_append(answer, "s", fake_at(path).unit);
}

int get_calendar(sd_bus* /*unused*/, const char* path, const char* /*unused*/, const char* /*unused*/,
                 sd_bus_message* answer, void* /*unused*/, sd_bus_error* /*unused*/) {
    return fake_at(path).next_realtime > 0 ? sd_bus_message_append(answer, "a(sst)", 1, "OnCalendar",
                                                                   "Mon *-*-* 03:00:00", std::uint64_t{0})
                                           : sd_bus_message_append(answer, "a(sst)", 0);
}

int get_monotonic(sd_bus* /*unused*/, const char* path, const char* /*unused*/, const char* /*unused*/,
                  sd_bus_message* answer, void* /*unused*/, sd_bus_error* /*unused*/) {
    return fake_at(path).next_realtime > 0
               ? sd_bus_message_append(answer, "a(stt)", 0)
               : sd_bus_message_append(answer, "a(stt)", 1, "OnBootUSec", 15 * a_minute, std::uint64_t{0});
}

int get_flag(sd_bus* /*unused*/, const char* /*unused*/, const char* /*unused*/, const char* /*unused*/,
             sd_bus_message* answer, void* /*unused*/, sd_bus_error* /*unused*/) {
    return sd_bus_message_append(answer, "b", 1);
}

int find_timer(sd_bus* /*unused*/, const char* path, const char* /*unused*/, void* /*unused*/,
               void** /*unused*/, sd_bus_error* /*unused*/) {
    return std::string(path).ends_with("/nowhere") ? 0 : 1;
}

// NOLINTBEGIN: sd-bus's macros
const sd_bus_vtable manager_methods[] = {
    SD_BUS_VTABLE_START(0), SD_BUS_METHOD("ListUnitsByPatterns", "asas", "a(ssssssouso)", list_units, 0),
    SD_BUS_VTABLE_END};
const sd_bus_vtable timer_properties[] = {SD_BUS_VTABLE_START(0),
                                          SD_BUS_PROPERTY("Unit", "s", get_unit, 0, 0),
                                          SD_BUS_PROPERTY("Persistent", "b", get_flag, 0, 0),
                                          SD_BUS_PROPERTY("TimersCalendar", "a(sst)", get_calendar, 0, 0),
                                          SD_BUS_PROPERTY("TimersMonotonic", "a(stt)", get_monotonic, 0, 0),
                                          SD_BUS_PROPERTY("NextElapseUSecRealtime", "t", get_number, 0, 0),
                                          SD_BUS_PROPERTY("NextElapseUSecMonotonic", "t", get_number, 0, 0),
                                          SD_BUS_PROPERTY("LastTriggerUSec", "t", get_number, 0, 0),
                                          SD_BUS_PROPERTY("AccuracyUSec", "t", get_number, 0, 0),
                                          SD_BUS_PROPERTY("RandomizedDelayUSec", "t", get_number, 0, 0),
                                          SD_BUS_VTABLE_END};
// NOLINTEND

class Ends {
  public:
    Ends() {
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends_.data()) == 0);
        REQUIRE(sd_bus_new(&client_) >= 0);
        REQUIRE(sd_bus_set_fd(client_, ends_[0], ends_[0]) >= 0);
        REQUIRE(sd_bus_start(client_) >= 0);
    }
    ~Ends() { sd_bus_close_unref(client_); }
    Ends(const Ends&) = delete;
    Ends& operator=(const Ends&) = delete;
    [[nodiscard]] sd_bus& client() const { return *client_; }
    [[nodiscard]] int other() const { return ends_[1]; }

  private:
    std::array<int, 2> ends_{};
    sd_bus* client_ = nullptr;
};

/// Answers until it goes out of scope.
class Server {
  public:
    explicit Server(int end) : stop_(eventfd(0, EFD_CLOEXEC)) {
        sd_id128_t id{};
        REQUIRE(sd_id128_randomize(&id) >= 0);
        REQUIRE(sd_bus_new(&bus_) >= 0);
        REQUIRE(sd_bus_set_fd(bus_, end, end) >= 0);
        REQUIRE(sd_bus_set_server(bus_, 1, id) >= 0);
        REQUIRE(sd_bus_add_object_vtable(bus_, nullptr, "/org/freedesktop/systemd1",
                                         "org.freedesktop.systemd1.Manager", manager_methods, nullptr) >= 0);
        REQUIRE(sd_bus_add_fallback_vtable(bus_, nullptr, "/org/freedesktop/systemd1/unit",
                                           "org.freedesktop.systemd1.Timer", timer_properties, find_timer,
                                           nullptr) >= 0);
        REQUIRE(sd_bus_start(bus_) >= 0);
        thread_ = std::thread([this, end] { serve(end); });
    }
    ~Server() {
        CHECK(eventfd_write(stop_, 1) == 0);
        thread_.join();
        sd_bus_close_unref(bus_);
        close(stop_);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

  private:
    void serve(int end) {
        for (;;) {
            const int status = sd_bus_process(bus_, nullptr);
            if (status < 0) {
                return;
            }
            if (status > 0) {
                continue;
            }
            std::array<pollfd, 2> fds{
                {{end, static_cast<short>(sd_bus_get_events(bus_)), 0}, {stop_, POLLIN, 0}}};
            if (poll(fds.data(), fds.size(), -1) < 0 || fds[1].revents != 0) {
                return;
            }
        }
    }

    int stop_;
    sd_bus* bus_ = nullptr;
    std::thread thread_;
};

model::Schedule schedule(const char* name, model::ScheduleState state) {
    model::Schedule result;
    result.task = {model::TaskKind::timer, model::ForeignText(name)};
    result.state = state;
    result.file = model::ForeignText(std::string("/etc/systemd/system/") + name);
    return result;
}

} // namespace

TEST_CASE("systemd's timers are read with the unit, the times and the delay that each has") {
    const Ends ends;
    const Server server(ends.other());
    // Two minutes after the host's start.
    const auto timers = collector::host::ask_for_timers(ends.client(), wall, 2min);
    REQUIRE(timers);
    CHECK(*timers == std::vector<BusTimer>{
                         {"boot.timer", "boot.service", true, "OnBootSec=900s", 120s, wall + 6min, {}},
                         {"off.timer", "off.service", false, "OnCalendar=Mon *-*-* 03:00:00", 120s, {}, {}},
                         {"weekly.timer", "dump.service", true, "OnCalendar=Mon *-*-* 03:00:00", 120s,
                          wall + 168h, wall - 5min},
                     });
}

TEST_CASE("Of a systemd that says nothing, or hangs up, nothing is known") {
    const Ends silent;
    CHECK_FALSE(collector::host::ask_for_timers(silent.client(), wall, 2min, 10ms));
    close(silent.other());
    const Ends gone;
    close(gone.other());
    CHECK_FALSE(collector::host::ask_for_timers(gone.client(), wall, 2min, 10ms));
}

TEST_CASE("What systemd says of a timer counts more than its file, and what it does not know stays") {
    using model::ScheduleState;
    auto daily = schedule("daily.timer", ScheduleState::enabled);
    daily.last_run = wall - 24h;
    daily.next_run = wall + 1h;
    const auto masked = schedule("unknown.timer", ScheduleState::enabled);
    auto cron = schedule("daily.timer", ScheduleState::enabled);
    cron.kind = model::ScheduleKind::cron;
    cron.task.kind = model::TaskKind::cron;

    BusTimer says{"daily.timer", "daily.service", true, "OnCalendar=daily", 60s, wall + 2h, wall - 1h};
    const BusTimer transient{"run-1.timer", "run-1.service", true, "OnActiveSec=5s", 60s, wall + 5s, {}};
    const BusTimer over{"run-2.timer", "run-2.service", false, "", 60s, {}, {}};
    auto now = collector::host::with_systemd({daily, masked, cron}, {says, transient, over});
    REQUIRE(now.size() == 4);
    const auto of = [&now](const char* name, model::ScheduleKind kind) {
        for (const auto& each : now) {
            if (each.task.name == model::ForeignText(name) && each.kind == kind) {
                return each;
            }
        }
        FAIL(name);
        return model::Schedule();
    };
    CHECK(std::is_sorted(now.begin(), now.end()));
    CHECK(of("daily.timer", model::ScheduleKind::cron) == cron);
    CHECK(of("unknown.timer", model::ScheduleKind::timer) == masked);
    auto expected = daily;
    expected.last_run = wall - 1h;
    expected.next_run = wall + 2h;
    CHECK(of("daily.timer", model::ScheduleKind::timer) == expected);
    const auto added = of("run-1.timer", model::ScheduleKind::timer);
    CHECK(added.command == model::ForeignText("run-1.service"));
    CHECK(added.when == model::ForeignText("OnActiveSec=5s"));
    CHECK(added.next_run == wall + 5s);
    CHECK(added.state == ScheduleState::enabled);

    says.active = false; // while the host starts, or where somebody stopped it: it is started again
    now = collector::host::with_systemd({daily}, {says});
    expected.next_run = daily.next_run;
    CHECK(now.front() == expected);
    says.active = true;
    now = collector::host::with_systemd({schedule("daily.timer", ScheduleState::disabled)}, {says});
    CHECK(now.front().state == ScheduleState::enabled);
    // OnBootSec=3d, or a transient OnActiveSec=: it is waited for until it has run.
    now = collector::host::with_systemd({schedule("daily.timer", ScheduleState::at_boot)}, {says});
    CHECK(now.front().state == ScheduleState::enabled);
    says.next_run.reset();
    now = collector::host::with_systemd({schedule("daily.timer", ScheduleState::at_boot)}, {says});
    CHECK(now.front().state == ScheduleState::at_boot);
    now = collector::host::with_systemd({}, {says}); // it has run, and no file says that it will again
    CHECK(now.front().state == ScheduleState::disabled);
}

TEST_CASE("A timer whose own condition does not hold is off, whatever its file says") {
    using model::ScheduleState;
    auto trim = schedule("fstrim.timer", ScheduleState::enabled);
    trim.next_run = wall + 1h;
    BusTimer says{"fstrim.timer", "fstrim.service", false, "", 60s, {}, {}, true};
    const auto now = collector::host::with_systemd({trim}, {says});
    CHECK(now.front().state == ScheduleState::disabled);
    CHECK_FALSE(now.front().next_run);
}

TEST_CASE("Of two timers of one unit, which have one task, each has its own times") {
    using model::ScheduleState;
    auto daily = schedule("daily.timer", ScheduleState::enabled);
    auto weekly = schedule("weekly.timer", ScheduleState::enabled);
    weekly.task = daily.task;
    const BusTimer says{"daily.timer", "dump.service", true, "", 60s, wall + 2h, {}};
    const BusTimer also{"weekly.timer", "dump.service", true, "", 60s, wall + 24h, {}};
    auto now = collector::host::with_systemd({daily, weekly}, {says, also});
    REQUIRE(now.size() == 2); // and no third one, which would never be seen to run
    std::sort(now.begin(), now.end(),
              [](const auto& one, const auto& other) { return one.next_run < other.next_run; });
    CHECK(now[0].file == daily.file);
    CHECK(now[0].next_run == wall + 2h);
    CHECK(now[1].file == weekly.file);
    CHECK(now[1].next_run == wall + 24h);
}
