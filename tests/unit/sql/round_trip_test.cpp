#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

namespace {

const ForeignText hostile(std::string("a\0b\xff\xc3\x28'; DROP TABLE flows; --\x1b[2J\n", 34));

/// One of everything, with every field set.
struct Everything {
    Identities identities;
    Batch batch;
    ProcessId creator = ProcessId::unknown;

    Everything() {
        Process sender;
        sender.exe = sender.cmdline = sender.script = hostile;
        sender.comm = ForeignText("comm");
        sender.cgroup = ForeignText("/a.slice");
        sender.unit = ForeignText("a.service");
        sender.uid = 33;
        sender.ancestors = {hostile, ForeignText(), ForeignText("\\n"), ForeignText("/sbin/cron")};
        sender.deleted = sender.in_memory = sender.contained = true;
        const ProcessId process = identities.add(sender);
        sender.exe = ForeignText("/usr/sbin/inetd");
        creator = identities.add(sender);
        const TaskId task = identities.add({TaskKind::cron, hostile});
        const InterfaceId interface = identities.add_interface(hostile);
        identities.name_user(33, hostile);
        identities.name_group(34, ForeignText("web"));
        FlowDelta delta;
        delta.key.owner = SocketOwner::user(33, 34);
        delta.key.process = process;
        delta.key.creator = creator;
        delta.key.task = task;
        delta.key.attribution = Attribution::inferred;
        delta.key.interface = interface;
        identities.add_name(ForeignText("unused.example"));
        delta.key.name = identities.add_name(hostile);
        delta.key.name_source = BindingSource::dns_process;
        delta.key.destination = {Service::port(protocol::udp, 65535), *Address::parse("2001:db8::1")};
        delta.hour = hour_of(at(0));
        delta.counts = {9, 4, 3, 2, 1, 10, 1000, 11, 1ULL << 40U, at(1), at(100'000)};
        batch.flows.push_back(delta);
        delta.key.verdict = FlowVerdict::shadowed;
        batch.flows.push_back(delta);
        delta.key.verdict = FlowVerdict::denied;
        batch.flows.push_back(delta);
        delta.key.overflow = true;
        delta.key.owner = SocketOwner::kernel();
        delta.key.process = ProcessId::unknown;
        delta.key.name = NameId::unknown;
        delta.key.name_source = {};
        batch.flows.push_back(delta);
        batch.names.push_back({*Address::parse("192.0.2.1"), hostile, process, BindingSource::tls_sni, at(1),
                               at(2), 3, 3600, hostile});
        batch.names.push_back({*Address::parse("192.0.2.1"), hostile, ProcessId::unknown,
                               BindingSource::tls_sni, at(1), at(2), 3});
        batch.configured = {{ConfiguredKind::resolver,
                             hostile,
                             3,
                             {},
                             *Address::parse("2001:db8::53"),
                             Service::port(protocol::udp, 53)},
                            {ConfiguredKind::static_name, hostile, 4, hostile, std::nullopt, {}}};
        batch.programs.push_back({ForeignText("/bin/a"), 0U, false, true, hostile});
        batch.programs.push_back({hostile, std::nullopt, true, false, {}});
        batch.schedules = {{{TaskKind::timer, hostile},
                            ScheduleKind::timer,
                            ScheduleState::at_boot,
                            hostile,
                            hostile,
                            hostile,
                            hostile,
                            std::nullopt,
                            std::nullopt,
                            std::chrono::seconds(0),
                            std::nullopt,
                            std::nullopt,
                            std::nullopt},
                           {{TaskKind::cron, ForeignText("/etc/crontab:9")},
                            ScheduleKind::cron,
                            ScheduleState::enabled,
                            {},
                            {},
                            {},
                            {},
                            33U,
                            std::chrono::hours(24 * 31),
                            std::chrono::seconds(60),
                            at(-5),
                            at(7),
                            std::nullopt}};
        const auto last = std::uint64_t{1} << 59U;
        batch.runs = {{task, hour_of(at(0)), last | 1U, 1U, last}};
        batch.gaps.push_back({at(3), at(4), GapReason::tracker_full, 5});
        batch.gaps.push_back({at(30), at(40), GapReason::events_overrun, std::nullopt});
    }
};

} // namespace

TEST_CASE("everything that is written is read back, byte for byte") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    const Everything everything;
    Observation observation = kernel_observation(at(0));
    {
        Writer writer(path);
        writer.begin_observation(observation);
        writer.commit(everything.batch, everything.identities, at(50));
        const std::vector<std::pair<std::string, std::uint64_t>> counters = {{"b", 2}, {"a", ~0ULL >> 1U}};
        writer.set_counters(counters);
        writer.set_counters(counters);
        writer.end_observation(at(60));
    }
    const Reader reader(path);
    const Record record = reader.read();
    observation.last_alive = at(60);
    observation.ended = at(60);
    CHECK(record.observations == std::vector{observation});
    CHECK(reader.observations() == std::vector{observation});
    CHECK(record.gaps == everything.batch.gaps);
    REQUIRE(record.flows.size() == 4);
    for (const Flow& flow : record.flows) {
        const auto written = std::ranges::find_if(everything.batch.flows, [&flow](const FlowDelta& one) {
            return one.key.verdict == flow.key.verdict && one.key.overflow == flow.key.overflow;
        });
        REQUIRE(written != everything.batch.flows.end());
        const FlowDelta& delta = *written;
        CHECK(flow.counts == delta.counts);
        const auto in_vain = static_cast<std::uint32_t>(delta.counts.refused + delta.counts.unanswered);
        CHECK(flow.hours == HourCounts{{delta.hour, delta.counts.count,
                                        static_cast<std::uint32_t>(delta.counts.answered), in_vain}});
        CHECK(flow.key.owner == delta.key.owner);
        CHECK(flow.key.attribution == delta.key.attribution);
        CHECK(flow.key.destination == delta.key.destination);
        CHECK(record.identities.process(flow.key.process) ==
              everything.identities.process(delta.key.process));
        CHECK(record.identities.task(flow.key.task) == everything.identities.task(delta.key.task));
        CHECK(record.identities.interface(flow.key.interface) == hostile);
        CHECK(record.identities.name(flow.key.name) == everything.identities.name(delta.key.name));
        CHECK(flow.key.name_source == delta.key.name_source);
    }
    CHECK(record.identities.user(33) == hostile);
    CHECK(record.identities.group(34) == ForeignText("web"));
    REQUIRE(record.names.size() == 2);
    CHECK(record.names[0].process == ProcessId::unknown);
    CHECK(record.names[1].name == hostile);
    CHECK(record.identities.process(record.names[1].process).exe == hostile);
    CHECK(record.names[1].source == BindingSource::tls_sni);
    CHECK(record.names[1].count == 3);
    CHECK(record.names[1].ttl == 3600);
    CHECK(record.names[1].canonical == hostile);
    CHECK(record.configured == everything.batch.configured);
    CHECK(record.programs == everything.batch.programs);
    CHECK(record.schedules == everything.batch.schedules);
    REQUIRE(record.runs.size() == 1);
    CHECK(record.identities.task(record.runs[0].task) ==
          everything.identities.task(everything.batch.runs[0].task));
    CHECK(record.runs[0].hour == everything.batch.runs[0].hour);
    CHECK(record.runs[0].minutes == everything.batch.runs[0].minutes);
    CHECK(record.runs[0].succeeded == everything.batch.runs[0].succeeded);
    CHECK(record.runs[0].failed == everything.batch.runs[0].failed);
    CHECK(reader.counters().front() == std::pair<std::string, std::uint64_t>("a", ~0ULL >> 1U));
    CHECK(reader.counters().size() == 2);
}

TEST_CASE("the same key adds up, in one batch and over many") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    Batch batch;
    batch.flows = {delta_to(1, at(10)), delta_to(1, at(5))};
    batch.names.push_back(
        {Address::v4(1), ForeignText("a.example"), {}, BindingSource::dns_host, at(1), at(2), 1});
    writer.commit(batch, {}, at(11));
    // The end of a flow that was counted before: no new flow, and when it began is not said again.
    Batch end;
    end.flows = {delta_to(1, at(5))};
    end.flows[0].counts = {};
    end.flows[0].counts.bytes_in = 7;
    end.flows[0].counts.last_seen = at(9000);
    writer.commit(end, {}, at(12));
    writer.commit(batch, {}, at(13));
    const Record record = Reader(path).read();
    REQUIRE(record.flows.size() == 1);
    CHECK(record.flows[0].counts.count == 4);
    CHECK(record.flows[0].counts.bytes_in == 7);
    CHECK(record.flows[0].counts.first_seen == at(5));
    CHECK(record.flows[0].counts.last_seen == at(9000));
    CHECK(record.flows[0].hours == HourCounts{{hour_of(at(5)), 4, 4, 0}});
    REQUIRE(record.names.size() == 1);
    CHECK(record.names[0].count == 2);
    CHECK(record.observations[0].last_alive == at(13));
}

TEST_CASE("what settings name takes the place of what they named before") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    Batch batch;
    batch.configured = {{ConfiguredKind::packages, ForeignText("/a"), 1, ForeignText("a.example"), {}, {}},
                        {ConfiguredKind::mail, ForeignText("/b"), 2, ForeignText("b.example"), {}, {}}};
    writer.commit(batch, {}, at(1));
    batch.configured->pop_back();
    writer.commit(batch, {}, at(2));
    writer.commit({}, {}, at(3)); // says nothing of them
    CHECK(Reader(path).read().configured == batch.configured);
    batch.configured->clear();
    writer.commit(batch, {}, at(4));
    CHECK(Reader(path).read().configured.empty());
}

TEST_CASE("schedules take the place of those before, and runs of the same hour add up") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Identities identities;
    const Task task{TaskKind::cron, ForeignText("/etc/crontab:3")};
    const auto id = identities.add(task);
    Batch batch;
    batch.schedules.emplace();
    batch.schedules->resize(2);
    batch.schedules->front().task = task;
    batch.runs = {{id, hour_of(at(0)), 0b11, 0, 0b10}, {id, hour_of(at(0)) + std::chrono::hours(1), 0b1}};
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    writer.commit(batch, identities, at(1));
    batch.schedules->resize(1);
    batch.runs = {{id, hour_of(at(0)), 0b110, 0b10, 0b100}};
    writer.commit(batch, identities, at(2));
    batch.schedules.reset();
    batch.runs.clear();
    writer.commit(batch, identities, at(3));
    const auto record = Reader(path).read();
    REQUIRE(record.schedules.size() == 1);
    CHECK(record.schedules.front().task == task);
    REQUIRE(record.runs.size() == 2);
    CHECK(record.runs[0].minutes == 0b111);
    CHECK(record.runs[0].succeeded == 0b10);
    CHECK(record.runs[0].failed == 0b110);
    CHECK(record.runs[1].minutes == 0b1);
    CHECK(record.runs[1].failed == 0);
    CHECK(Reader(path).read({std::nullopt, at(0) + std::chrono::milliseconds(1)}).runs.size() == 1);
}

TEST_CASE("a job that is known by its line is another one where another command stands there") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    const auto job = [](ScheduleKind kind, const char* name, const char* command) {
        Schedule schedule;
        schedule.task = {TaskKind::cron, ForeignText(name)};
        schedule.kind = kind;
        schedule.command = ForeignText(command);
        return schedule;
    };
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    Batch batch;
    const auto since_after = [&](const std::vector<Schedule>& jobs, int second) {
        batch.schedules = jobs;
        writer.commit(batch, {}, at(second));
        std::map<std::string, std::optional<Timestamp>> since;
        for (const auto& schedule : Reader(path).read().schedules) {
            since[schedule.task.name.raw_bytes()] = schedule.since;
        }
        return since;
    };
    const auto backup = job(ScheduleKind::cron, "/etc/crontab:3", "backup");
    const auto timer = job(ScheduleKind::timer, "a.timer", "a");
    auto since = since_after({backup, timer}, 1);
    CHECK_FALSE(since["/etc/crontab:3"]); // the host was looked at first
    auto moved = backup;
    moved.task.name = ForeignText("/etc/crontab:4");
    const auto other = job(ScheduleKind::cron, "/etc/crontab:3", "other");
    const auto changed_timer = job(ScheduleKind::timer, "a.timer", "b");
    since = since_after({other, moved, changed_timer}, 2);
    CHECK(since["/etc/crontab:3"] == at(2));
    CHECK(since["/etc/crontab:4"] == at(2));
    CHECK_FALSE(since["a.timer"]); // it is known by its name
    auto later = other;
    later.when = ForeignText("0 5 * * *");
    since = since_after({later, moved, timer, job(ScheduleKind::anacron, "/etc/anacrontab:9", "c")}, 3);
    CHECK(since["/etc/crontab:3"] == at(2));
    CHECK(since["/etc/anacrontab:9"] == at(3));
}

TEST_CASE("what is said of a program takes the place of what was said of the same path") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    Batch batch;
    batch.programs = {{ForeignText("/opt/a"), 7U, true, true, {}},
                      {ForeignText("/opt/b"), 0U, false, false, {}}};
    writer.commit(batch, {}, at(1));
    batch.programs = {{ForeignText("/opt/a"), 0U, false, false, ForeignText("a")}};
    writer.commit(batch, {}, at(2));
    const auto programs = Reader(path).read().programs;
    REQUIRE(programs.size() == 2);
    CHECK(programs[0] == batch.programs[0]);
    CHECK(programs[1].path.raw_bytes() == "/opt/b");
}

TEST_CASE("sums stop at the greatest integer instead of wrapping around") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    Writer writer(path);
    writer.begin_observation(kernel_observation(at(0)));
    Batch batch;
    batch.flows = {delta_to(1, at(0)), delta_to(1, at(0))};
    batch.flows[0].counts.bytes_out = ~0ULL;
    batch.flows[1].counts.bytes_out = ~0ULL;
    writer.commit(batch, {}, at(1));
    CHECK(Reader(path).read().flows.at(0).counts.bytes_out == ~0ULL >> 1U);
}

TEST_CASE("a range takes the hours that it touches") {
    const TemporaryDirectory directory;
    const auto path = directory / "flows.db";
    const Timestamp hour = Timestamp(hour_of(at(0)));
    const auto minutes = [&](int count) { return hour + std::chrono::minutes(count); };
    Writer writer(path);
    writer.begin_observation(kernel_observation(hour));
    Batch batch;
    batch.flows = {delta_to(1, minutes(5)), delta_to(1, minutes(65)), delta_to(2, minutes(125))};
    batch.gaps = {{minutes(1), minutes(2), GapReason::nflog_overrun, 1}};
    writer.commit(batch, {}, minutes(130));
    const Reader reader(path);
    const auto counted = [&](std::optional<Timestamp> since, std::optional<Timestamp> until) {
        std::uint64_t count = 0;
        for (const Flow& flow : reader.read({since, until}).flows) {
            count += flow.counts.count;
        }
        return count;
    };
    CHECK(counted({}, {}) == 3);
    CHECK(counted(minutes(59), {}) == 3);
    CHECK(counted(minutes(60), {}) == 2);
    CHECK(counted({}, minutes(60)) == 1);
    CHECK(counted({}, minutes(61)) == 2);
    CHECK(counted(minutes(61), minutes(62)) == 1);
    CHECK(counted(minutes(500), {}) == 0);
    CHECK(reader.read({minutes(3), {}}).gaps.empty());
    CHECK(reader.read({{}, minutes(2)}).gaps.size() == 1);
    CHECK(reader.read({minutes(500), {}}).observations.empty());
}

TEST_CASE("the order of writing does not change what is read") {
    const TemporaryDirectory directory;
    const auto record_of = [&](const std::string& name, bool backwards) {
        Writer writer(directory / name);
        writer.begin_observation(kernel_observation(at(0)));
        Identities identities;
        std::vector<ProcessId> processes;
        for (int number = 0; number < 5; ++number) {
            Process process;
            process.exe = ForeignText("/bin/" + std::to_string(backwards ? 4 - number : number));
            processes.push_back(identities.add(process));
        }
        for (std::uint32_t step = 0; step < 5; ++step) {
            Batch batch;
            batch.flows = {delta_to(backwards ? 4 - step : step, at(0))};
            batch.flows[0].key.process = processes[step];
            writer.commit(batch, identities, at(1));
        }
        return Reader(directory / name).read();
    };
    const Record forwards = record_of("forwards.db", false);
    const Record backwards = record_of("backwards.db", true);
    CHECK(forwards.flows == backwards.flows);
    for (std::uint32_t id = 0; id < 6; ++id) {
        CHECK(forwards.identities.process(ProcessId{id}) == backwards.identities.process(ProcessId{id}));
    }
}
