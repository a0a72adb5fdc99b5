#include <firewall/health_watch.hpp>
#include <firewall/unit_health.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

using fwlearn::firewall::UnitHealth;

namespace {

const std::string shop = "shop.service";

/// As systemd tells of a service whose program ends badly, with Restart=.
void restart(UnitHealth& health, const std::string& unit, std::uint32_t count) {
    health.state_is(unit, "activating", "auto-restart");
    health.restarts_are(unit, count);
    health.state_is(unit, "active", "running");
}

std::string complaint(const UnitHealth& health) {
    return health.complaint().value_or("");
}

} // namespace

TEST_CASE("a service that fails is ill, one that ends or is stopped is not") {
    UnitHealth health;
    health.state_is(shop, "active", "running");
    health.begin();
    for (const auto* state :
         {"reloading", "deactivating", "inactive", "activating", "active", "nonsense", ""}) {
        health.state_is(shop, state, "");
        CHECK(complaint(health).empty());
    }
    health.state_is("late.service", "failed", "failed"); // loaded since
    CHECK(complaint(health) == "late.service failed");
    health.state_is(shop, "failed", "failed");
    CHECK(complaint(health) == "late.service failed"); // the first
}

TEST_CASE("what had failed before counts once it fails anew") {
    UnitHealth health;
    health.state_is(shop, "failed", "failed");
    health.begin();
    health.state_is(shop, "failed", "failed"); // said again
    CHECK(complaint(health).empty());
    health.state_is(shop, "activating", "start");
    CHECK(complaint(health).empty());
    health.state_is(shop, "failed", "failed");
    CHECK(complaint(health) == "shop.service failed");
}

TEST_CASE("what is said late of the time before it began is of that time") {
    UnitHealth health;
    health.state_is(shop, "failed", "failed");
    health.restarts_are(shop, 7);
    for (const std::uint32_t count : {5U, 6U, 7U}) { // came while it was asked how all are
        restart(health, shop, count);
    }
    health.state_is(shop, "failed", "failed");
    health.begin();
    health.state_is(shop, "failed", "failed");
    health.restarts_are(shop, 7);
    CHECK(complaint(health).empty());
}

TEST_CASE("three restarts since it began are a loop, also where systemd counts anew") {
    UnitHealth counted;
    counted.restarts_are(shop, 40);
    counted.begin();
    restart(counted, shop, 41);
    restart(counted, shop, 42);
    restart(counted, "other.service", 2);
    CHECK(complaint(counted).empty());
    restart(counted, shop, 43);
    CHECK(complaint(counted) == "shop.service was restarted 3 times");

    UnitHealth anew;
    anew.restarts_are(shop, 40);
    anew.begin();
    restart(anew, shop, 41);
    anew.restarts_are(shop, 0); // somebody starts it
    restart(anew, shop, 1);
    CHECK(complaint(anew).empty());
    anew.restarts_are(shop, 1);
    CHECK(complaint(anew).empty());
    restart(anew, shop, 3); // one was not told
    CHECK(complaint(anew) == "shop.service was restarted 4 times");
}

TEST_CASE("what restarted in a loop before goes on to, and may end failed") {
    UnitHealth health;
    health.state_is(shop, "activating", "auto-restart");
    health.restarts_are(shop, 12);
    health.begin();
    for (const std::uint32_t count : {13U, 14U, 15U, 16U}) {
        restart(health, shop, count);
    }
    health.state_is(shop, "failed", "failed");
    CHECK(complaint(health).empty());

    UnitHealth well;
    well.state_is(shop, "activating", "auto-restart");
    well.state_is(shop, "active", "running"); // by the time that it begins
    well.begin();
    well.state_is(shop, "failed", "failed");
    CHECK(complaint(well) == "shop.service failed");
}

TEST_CASE("the way back is no service that fails, nor is what is none, nor any but the one that is locked") {
    UnitHealth all;
    all.begin();
    UnitHealth one(shop);
    one.begin();
    for (const auto* unit : {"fwlearn-way-back-0123456789ab.service", "fwlearn-health-0123456789ab.service",
                             "swap.mount", "a.timer", ""}) {
        all.state_is(unit, "failed", "failed");
        all.restarts_are(unit, 9);
        CHECK(complaint(all).empty());
    }
    one.state_is("other.service", "failed", "failed");
    one.restarts_are("other.service", 9);
    CHECK(complaint(one).empty());
    one.state_is(shop, "failed", "failed");
    CHECK(complaint(one) == "shop.service failed");
}

TEST_CASE("a unit's name is printed inert") {
    UnitHealth health;
    health.begin();
    health.state_is("a\x1b[31m\n\\x2d.service", "failed", "failed");
    CHECK(complaint(health) == "a\\x1B[31m\\x0A\\\\x2d.service failed");
}

TEST_CASE("the service that watches is told to systemd as one that says when it has begun") {
    const auto state = std::filesystem::temp_directory_path() / "fwlearn-health-test";
    const fwlearn::firewall::StateDirectory directory(state);
    const auto command =
        fwlearn::firewall::health_command(directory, "0123456789abcdef", "a.service", "/usr/bin/fwlearn");
    std::filesystem::remove_all(state);
    const auto has = [&command](const std::string& argument) {
        return std::find(command.begin(), command.end(), argument) != command.end();
    };
    CHECK(command.front() == "systemd-run");
    CHECK(has("--unit=fwlearn-health-0123456789ab"));
    CHECK(has("--property=Type=notify"));
    const std::vector<std::string> end{
        "--",           "/usr/bin/fwlearn", "rollback",         "--state",
        state.string(), "--unless-healthy", "0123456789abcdef", "--of-unit=a.service"};
    CHECK(std::equal(end.rbegin(), end.rend(), command.rbegin()));
}
