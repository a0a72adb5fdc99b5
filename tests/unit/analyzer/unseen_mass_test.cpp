#include <analyzer/unseen_mass.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

using namespace fwlearn;
using analyzer::ObservedDay;
using analyzer::unseen_mass;
using doctest::Approx;

namespace {

using std::chrono::hours;

constexpr std::chrono::sys_days monday{std::chrono::year{2026} / 11 / 2};
const auto https = model::Service::port(model::protocol::tcp, 443);

const std::set<int> ten{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

std::vector<ObservedDay> days(int count, std::chrono::seconds observed = hours(24)) {
    std::vector<ObservedDay> result;
    for (int day = 0; day < count; ++day) {
        result.push_back({monday + std::chrono::days(day), observed});
    }
    return result;
}

model::Hour noon(int day) {
    return model::Hour(monday) + std::chrono::days(day) + hours(12);
}

/// A record that is said in few words: which task reached which host on which days.
struct Server {
    model::Record record;

    model::Flow& reach(const model::Task& task, std::uint32_t host, const std::set<int>& on) {
        auto& flow = record.flows.emplace_back();
        flow.key.task = record.identities.add(task);
        flow.key.destination = {https, model::Address::v4(0xc0000200U + host)};
        for (const auto day : on) {
            flow.hours.push_back({noon(day), 1});
        }
        flow.counts.count = on.size();
        return flow;
    }
    /// Ten hosts, a hundred incidences on ten days, in two bundles of five.
    void steady() {
        for (std::uint32_t host = 0; host < 10; ++host) {
            reach(service(host < 5 ? "one" : "other"), host, ten);
        }
    }
    void schedule(const model::Task& task, std::chrono::seconds period,
                  model::ScheduleState state = model::ScheduleState::enabled) {
        auto& schedule = record.schedules.emplace_back();
        schedule.task = task;
        schedule.period = period;
        schedule.state = state;
    }
    void run(const model::Task& task, int day) {
        record.runs.push_back({record.identities.add(task), noon(day), 1});
    }

    static model::Task service(const char* name) {
        return {model::TaskKind::service, model::ForeignText(name)};
    }
    static model::Task timer(const char* name) { return {model::TaskKind::timer, model::ForeignText(name)}; }
};

// Chi square's 95 % points, of tables.
constexpr double chi2 = 5.991;
constexpr double chi4 = 9.488;
constexpr double chi6 = 12.592;
constexpr double chi8 = 15.507;

/// The bound's own approximation is good for one in a hundred.
Approx about(double value) {
    return Approx(value).epsilon(0.01);
}

std::string refused(const model::Record& record, const std::vector<ObservedDay>& days) {
    const auto mass = unseen_mass(record, days);
    CHECK(!mass.estimate.has_value());
    CHECK(!mass.upper95.has_value());
    CHECK(!mass.items_in_all.has_value());
    CHECK(!mass.items_unseen.has_value());
    CHECK(std::all_of(mass.cannot_tell.begin(), mass.cannot_tell.end(),
                      [](char octet) { return ' ' <= octet && octet <= '~'; }));
    return mass.cannot_tell;
}

} // namespace

TEST_CASE("what came on one day alone stands for what came on none") {
    Server server;
    server.steady();
    server.reach(Server::service("a"), 100, {2});
    server.reach(Server::service("b"), 101, {7});
    const auto mass = unseen_mass(server.record, days(10));
    CHECK(mass.cannot_tell.empty());
    CHECK(mass.days == 10);
    CHECK(mass.observed == Approx(10));
    CHECK(mass.items == 12);
    CHECK(mass.incidences == 102);
    CHECK(mass.singletons == 2);
    CHECK(mass.doubletons == 0);
    CHECK(mass.estimate.value() == Approx(2.0 / 102));
    CHECK(mass.upper95.value() == about(chi6 / 2 / 102));
    // Chao2: 9/10 * 2 * 1 / 2.
    CHECK(mass.items_unseen.value() == Approx(0.9));
    CHECK(mass.items_in_all.value() == Approx(12.9));
}

TEST_CASE("what came on two days lowers the estimate and widens the bound") {
    Server server;
    server.steady();
    server.reach(Server::service("a"), 100, {2});
    server.reach(Server::service("b"), 101, {7});
    server.reach(Server::service("c"), 102, {3, 4});
    const auto mass = unseen_mass(server.record, days(10));
    CHECK(mass.doubletons == 1);
    // 9 * 2 of 9 * 2 + 2 * 1.
    CHECK(mass.estimate.value() == Approx(2 * 0.9 / 104));
    // A sum of 2 whose variance is 2 + 2: one event of two.
    CHECK(mass.upper95.value() == about(2 * chi4 / 2 / 104));
    CHECK(mass.items_unseen.value() == Approx(0.9 * 2 * 1 / (2 * 2)));
}

TEST_CASE("destinations that were reached for the first time on the same day are one event") {
    Server together;
    together.steady();
    Server apart = together;
    Server by_several = together;
    for (std::uint32_t host = 100; host < 103; ++host) {
        together.reach(Server::service("new"), host, {5});
        apart.reach(Server::service("new"), host, {static_cast<int>(host) - 98});
        by_several.reach(Server::service(std::to_string(host).c_str()), host, {5});
    }
    const auto one = unseen_mass(together.record, days(10));
    const auto three = unseen_mass(apart.record, days(10));
    CHECK(one.estimate.value() == Approx(3.0 / 103));
    CHECK(three.estimate.value() == Approx(3.0 / 103));
    CHECK(one.upper95.value() == about(3 * chi4 / 2 / 103));
    CHECK(three.upper95.value() == about(chi8 / 2 / 103));
    // The variance between days: (9 - 9 / 10) * 10 / 9.
    CHECK(unseen_mass(by_several.record, days(10)).upper95.value() == about(3 * chi4 / 2 / 103));
}

TEST_CASE("nothing that came once is three events at most, each as large as is ordinary") {
    Server server;
    server.steady();
    const auto mass = unseen_mass(server.record, days(10));
    CHECK(mass.estimate.value() == 0);
    CHECK(mass.upper95.value() == about(5 * chi2 / 2 / 100));
    CHECK(mass.items_unseen.value() == 0);
}

TEST_CASE("little that is new does not make what came on two days a large event") {
    Server server;
    server.steady();
    for (std::uint32_t host = 100; host < 109; ++host) {
        server.reach(Server::service("twice"), host, {1, 8});
    }
    const auto mass = unseen_mass(server.record, days(10));
    CHECK(mass.estimate.value() == 0);
    // A variance of 2 * 81: an event is as large as its root.
    CHECK(mass.upper95.value() == about(std::sqrt(162.0) * chi2 / 2 / 118));
}

TEST_CASE(
    "the only run of a task by the clock is no accident: its next one is new as other second runs were") {
    Server server;
    server.steady();
    server.schedule(Server::timer("daily"), hours(24));
    server.schedule(Server::timer("weekly"), hours(24 * 7));
    server.reach(Server::timer("daily"), 20, ten);
    server.reach(Server::timer("weekly"), 30, {3});
    server.reach(Server::timer("weekly"), 31, {3});
    const auto mass = unseen_mass(server.record, days(10));
    CHECK(mass.singletons == 2);
    CHECK(mass.schedules_to_come == 0);
    // Of 2 contacts of the daily task's first two runs none was in one alone: (0 + 1) / (2 + 1) is new.
    CHECK(mass.estimate.value() == Approx(2 * (1.0 / 3) * (10.0 / 7) / 112));

    SUBCASE("without the schedule it is two destinations of one day") {
        server.record.schedules.clear();
        CHECK(unseen_mass(server.record, days(10)).estimate.value() == Approx(2.0 / 112));
    }
    SUBCASE("where second runs bring much, so will its own") {
        server.reach(Server::timer("daily"), 21, {0, 2, 3});
        // One contact more in the first run, and that was in one alone: (1 + 1) / (3 + 1).
        CHECK(unseen_mass(server.record, days(10)).estimate.value() ==
              Approx(2 * (2.0 / 4) * (10.0 / 7) / 115));
    }
    SUBCASE("where the host tells of another run, in which it reached nothing, it is as any other") {
        server.run(Server::timer("weekly"), 9);
        CHECK(unseen_mass(server.record, days(10)).estimate.value() == Approx(2.0 / 112));
    }
    SUBCASE("what came in both runs of a task that was due does not widen the bound") {
        const auto before = unseen_mass(server.record, days(10));
        server.schedule(Server::timer("both"), hours(24 * 7));
        server.reach(Server::timer("both"), 40, {1, 8});
        const auto after = unseen_mass(server.record, days(10));
        CHECK(after.doubletons == 1);
        // Two contacts more that were not new in the second run.
        CHECK(after.estimate.value() == Approx(2 * (1.0 / 5) * (10.0 / 7) / 114));
        CHECK(after.upper95.value() < before.upper95.value());
    }
}

TEST_CASE("a schedule that was not due counts with what the others bring") {
    Server server;
    server.steady();
    server.schedule(Server::timer("daily"), hours(24));
    server.reach(Server::timer("daily"), 20, ten);
    server.reach(Server::timer("daily"), 21, ten);
    REQUIRE(unseen_mass(server.record, days(10)).estimate.value() == 0);
    const auto monthly = Server::timer("monthly");
    server.schedule(monthly, hours(24 * 30));

    SUBCASE("two destinations once in thirty days") {
        const auto mass = unseen_mass(server.record, days(10));
        CHECK(mass.schedules_to_come == 1);
        CHECK(mass.estimate.value() == Approx(2 * 10.0 / 30 / 120));
        CHECK(mass.upper95.value() > mass.estimate.value());
    }
    SUBCASE("the record may have an identity for it or not") {
        const auto before = unseen_mass(server.record, days(10));
        server.record.identities.add(monthly);
        CHECK(unseen_mass(server.record, days(10)).estimate == before.estimate);
    }
    SUBCASE("others that run and reach nothing lower it") {
        server.schedule(Server::timer("idle"), hours(24));
        server.run(Server::timer("idle"), 4);
        CHECK(unseen_mass(server.record, days(10)).estimate.value() == Approx(1 * 10.0 / 30 / 120));
    }
    SUBCASE("not once it has run") {
        server.run(monthly, 4);
        const auto mass = unseen_mass(server.record, days(10));
        CHECK(mass.schedules_to_come == 0);
        CHECK(mass.estimate.value() == 0);
    }
    SUBCASE("one that runs more often than not daily is what is meant") {
        server.schedule(Server::timer("hourly"), hours(1));
        CHECK(unseen_mass(server.record, days(10)).schedules_to_come == 1);
    }
    SUBCASE("not where it was due and reached nothing") {
        server.schedule(Server::timer("weekly"), hours(24 * 7));
        CHECK(unseen_mass(server.record, days(10)).schedules_to_come == 1);
    }
    SUBCASE("not where nothing starts it") {
        server.schedule(Server::timer("off"), hours(24 * 30), model::ScheduleState::disabled);
        server.schedule(Server::timer("boot"), hours(24 * 30), model::ScheduleState::at_boot);
        CHECK(unseen_mass(server.record, days(10)).schedules_to_come == 1);
    }
}

TEST_CASE("where no schedule has run, one to come brings what a task's day brings") {
    Server server;
    server.steady();
    server.schedule(Server::timer("monthly"), hours(24 * 30));
    CHECK(unseen_mass(server.record, days(10)).estimate.value() == Approx(5 * 10.0 / 30 / 100));
}

TEST_CASE("of days that were observed in part, what came once stands for more") {
    Server server;
    server.steady();
    server.reach(Server::service("a"), 100, {2});
    const auto mass = unseen_mass(server.record, days(10, hours(12)));
    CHECK(mass.days == 10);
    CHECK(mass.observed == Approx(5));
    CHECK(mass.estimate.value() == Approx(2 * 1.0 / 101));

    auto some = days(10);
    some[2].observed = hours(12) - std::chrono::seconds(1);
    const auto without = unseen_mass(server.record, some);
    CHECK(without.days == 9);
    CHECK(without.items == 10);
    CHECK(without.incidences == 90);
    CHECK(without.estimate.value() == 0);
}

TEST_CASE("another address of a name is nothing new, and another task, service or address is") {
    Server server;
    server.steady();
    const auto name = server.record.identities.add_name(model::ForeignText("cdn.example.org"));
    for (std::uint32_t day = 0; day < 10; ++day) {
        auto& flow = server.reach(Server::service("rotating"), 100 + day, {static_cast<int>(day)});
        flow.key.name = name;
        flow.key.name_source = model::BindingSource::dns_process;
    }
    const auto mass = unseen_mass(server.record, days(10));
    CHECK(mass.items == 11);
    CHECK(mass.singletons == 0);

    auto& other_task = server.reach(Server::service("another"), 100, {4});
    other_task.key.name = name;
    other_task.key.name_source = model::BindingSource::dns_process;
    server.reach(Server::service("one"), 1, {4}).key.destination.service.detail = 80;
    server.reach(Server::service("one"), 200, {4});
    CHECK(unseen_mass(server.record, days(10)).items == 14);
    CHECK(unseen_mass(server.record, days(10)).singletons == 3);
}

TEST_CASE("rows of one item are one: by other users, processes and interfaces") {
    Server server;
    server.steady();
    server.reach(Server::service("one"), 0, {4}).key.owner = model::SocketOwner::user(33, 33);
    const auto mass = unseen_mass(server.record, days(10));
    CHECK(mass.items == 10);
    CHECK(mass.incidences == 100);
}

TEST_CASE("sessions, denied flows and overflow rows do not count") {
    Server server;
    server.steady();
    server.reach({model::TaskKind::session, model::ForeignText("admin")}, 100, {2});
    server.reach(Server::service("one"), 101, {2}).key.verdict = model::FlowVerdict::denied;
    server.reach(Server::service("one"), 102, {2}).key.verdict = model::FlowVerdict::shadowed;
    server.reach(Server::service("one"), 103, {2}).key.overflow = true;
    const auto mass = unseen_mass(server.record, days(10));
    CHECK(mass.items == 10);
    CHECK(mass.singletons == 0);
}

TEST_CASE("it says when it cannot tell, and why") {
    Server server;
    server.steady();
    REQUIRE(unseen_mass(server.record, days(7)).cannot_tell.empty());
    CHECK(refused(server.record, {}) ==
          "only 0 days were observed for at least half of the day; 7 are needed");
    CHECK(refused(server.record, days(6)) ==
          "only 6 days were observed for at least half of the day; 7 are needed");
    CHECK(refused(server.record, days(10, hours(11))) ==
          "only 0 days were observed for at least half of the day; 7 are needed");

    auto mostly_gaps = days(7);
    for (int later = 0; later < 7; ++later) {
        mostly_gaps[static_cast<std::size_t>(later)].date = monday + std::chrono::days(3 * later);
    }
    CHECK(refused(server.record, mostly_gaps) ==
          "of 19 days only 7 were observed for at least half of the day");

    auto no_sunday = days(13);
    no_sunday[6].observed = hours(5);
    CHECK(refused(server.record, no_sunday) ==
          "no Sunday was observed for at least half of the day, and what runs once a week may run then");

    Server quiet;
    quiet.reach(Server::service("one"), 1, ten);
    quiet.reach(Server::service("one"), 2, {0, 1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(refused(quiet.record, days(10)) ==
          "hardly anything was seen: 19 contacts, each counted once a day; 20 are needed");
    CHECK(refused({}, days(10)) ==
          "hardly anything was seen: 0 contacts, each counted once a day; 20 are needed");

    Server restless;
    for (std::uint32_t host = 0; host < 30; ++host) {
        restless.reach(Server::service("one"), host, {static_cast<int>(host % 10)});
    }
    CHECK(refused(restless.record, days(10)) ==
          "nothing was seen on more than one day, so nothing says what comes again");
}

TEST_CASE("a bound is never above everything") {
    Server server;
    server.reach(Server::service("one"), 250, ten);
    for (std::uint32_t host = 0; host < 30; ++host) {
        server.reach(Server::service("one"), host, {static_cast<int>(host % 10)});
    }
    const auto mass = unseen_mass(server.record, days(10));
    CHECK(mass.estimate.value() == Approx(30.0 / 40));
    CHECK(mass.upper95.value() == 1);
}

TEST_CASE("one task that makes most of the contacts, always the same, does not hide what the others bring") {
    Server server;
    for (std::uint32_t task = 0; task < 5; ++task) {
        const auto name = "s" + std::to_string(task);
        for (int day = 0; day < 10; ++day) {
            server.reach(Server::service(name.c_str()), 100 * task + static_cast<std::uint32_t>(day), {day});
        }
        server.reach(Server::service(name.c_str()), 1000 + task, ten);
    }
    const auto alone = unseen_mass(server.record, days(10));
    CHECK(alone.without.empty());
    for (std::uint32_t host = 0; host < 300; ++host) {
        server.reach(Server::service("steady"), 5000 + host, ten);
    }
    const auto mass = unseen_mass(server.record, days(10));
    CHECK(mass.upper95 == alone.upper95);
    CHECK(mass.estimate == alone.estimate);
    REQUIRE(mass.without.size() == 1);
    CHECK(server.record.identities.task(mass.without[0]) == Server::service("steady"));
    // One that brings as much that is new as the others do is not left out.
    for (std::uint32_t host = 0; host < 3000; ++host) {
        server.reach(Server::service("steady"), 9000 + host, {static_cast<int>(host % 10)});
    }
    CHECK(unseen_mass(server.record, days(10)).without.empty());
}
