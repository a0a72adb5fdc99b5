#include "simulated_server.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace fwlearn::tests {

using namespace model;

namespace {

constexpr std::size_t minutes_a_day = 1440;
constexpr std::size_t minutes_a_week = 7 * minutes_a_day;
constexpr std::array<std::size_t, 8> periods{
    1, 5, 60, 360, minutes_a_day, minutes_a_week, 2 * minutes_a_week, 30 * minutes_a_day};
constexpr std::size_t idle_schedules = 8;
constexpr std::size_t service_destinations = 12;

std::vector<std::size_t> hours_of(const std::vector<std::size_t>& minutes) {
    std::vector<std::size_t> result;
    for (const auto minute : minutes) {
        if (result.empty() || result.back() != minute / 60) {
            result.push_back(minute / 60);
        }
    }
    return result;
}

} // namespace

double SimulatedServer::share() {
    return std::uniform_real_distribution<double>(0, 1)(random_);
}

std::size_t SimulatedServer::below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
}

double SimulatedServer::log_evenly(double from, double to) {
    return std::exp(std::uniform_real_distribution<double>(std::log(from), std::log(to))(random_));
}

std::size_t SimulatedServer::above_zero(double mean) {
    return std::geometric_distribution<std::size_t>(1 / (1 + mean))(random_);
}

SimulatedServer::SimulatedServer(std::uint64_t seed, const ServerShape& shape, std::size_t days)
    : random_(seed), shape_(shape), hours_(days * 24),
      first_day_(std::chrono::sys_days(std::chrono::days(20'454 + seed % 7))), unobserved_(hours_) {
    for (std::size_t day = 0; day < days; ++day) {
        if (share() < shape_.days_with_gaps) {
            const auto begin = unobserved_.begin() + static_cast<std::ptrdiff_t>(day * 24 + below(17));
            std::fill(begin, begin + 8, true);
        }
    }
    for (std::size_t task = 0; task < shape_.services; ++task) {
        add_service(task);
    }
    for (std::size_t task = 0; task < shape_.timed_tasks; ++task) {
        add_timed_task(task, shape_.always, shape_.rare, share() < shape_.known_schedules);
    }
    for (std::size_t cause = 0; cause < shape_.common_causes; ++cause) {
        add_common_cause();
    }
    for (std::size_t task = 0; task < idle_schedules; ++task) {
        const Task idle{TaskKind::timer, ForeignText("idle" + std::to_string(task) + ".timer")};
        const auto period = periods[below(periods.size())];
        schedule(idle, period, runs(period));
    }
    add_session();
    std::sort(schedules_.begin(), schedules_.end());
    std::sort(runs_.begin(), runs_.end());
}

std::vector<std::size_t> SimulatedServer::runs(std::size_t period) {
    auto phase = below(period);
    if (shape_.on_calendar_days && period >= minutes_a_week) {
        // Early on Sunday or Monday, as Debian's /etc/crontab and OnCalendar=weekly have it; on the 26th day.
        constexpr std::size_t monthly = 25 * minutes_a_day;
        constexpr std::size_t until_monday = minutes_a_day - 407;
        const auto weekday = std::chrono::weekday(first_day_).c_encoding();
        const auto sunday = (7 - weekday) % 7 * minutes_a_day + 407;
        phase = period == periods.back() ? monthly + below(400) : sunday + below(2) * until_monday;
    }
    const auto jitter = std::min<std::size_t>(60, period / 10) + 1;
    Minutes result;
    for (auto due = phase; due < hours_ * 60; due += period) {
        const auto minute = due + below(jitter);
        if (share() >= shape_.skipped && minute < hours_ * 60) {
            result.push_back(minute);
        }
    }
    return result;
}

void SimulatedServer::schedule(const Task& task, std::size_t period, const Minutes& runs) {
    Schedule result;
    result.task = task;
    result.period = std::chrono::minutes(period);
    result.delay = std::chrono::minutes(std::min<std::size_t>(60, period / 10));
    schedules_.push_back(result);
    std::map<std::size_t, std::uint64_t> by_hour;
    for (const auto minute : runs) {
        if (!unobserved_[minute / 60]) {
            by_hour[minute / 60] |= std::uint64_t{1} << minute % 60;
        }
    }
    const auto id = identities_.add(task);
    for (const auto& [hour, minutes] : by_hour) {
        runs_.push_back({id, Hour(first_day_) + std::chrono::hours(hour), minutes});
    }
}

void SimulatedServer::add_item(TaskId task, double a_day, const std::vector<std::size_t>& hours) {
    Item item;
    item.task = task;
    item.a_day = a_day;
    item.service = Service::port(protocol::tcp, below(4) == 0 ? 80 : 443);
    const auto number = items_.size() + of_sessions_.size();
    const auto kind = below(10);
    // Four in ten are names that rotate among a pool's addresses, three have a name and one address.
    const std::size_t pool = kind < 4 ? 12 : 1;
    if (kind < 7) {
        item.name = identities_.add_name(ForeignText("host" + std::to_string(number) + ".example.org"));
    }
    for (std::size_t member = 0; member < pool; ++member) {
        item.addresses.push_back(Address::v4(static_cast<std::uint32_t>(0x0a000000U + number * 16 + member)));
    }
    std::copy_if(hours.begin(), hours.end(), std::back_inserter(item.hours),
                 [this](std::size_t hour) { return !unobserved_[hour]; });
    const bool session = identities_.task(task).kind == TaskKind::session;
    (session ? of_sessions_ : items_).push_back(std::move(item));
}

void SimulatedServer::add_timed_task(std::size_t number, double always, double rare, bool known) {
    const auto period = periods[below(periods.size())];
    const Task task{number % 2 == 0 ? TaskKind::timer : TaskKind::cron,
                    ForeignText("job" + std::to_string(number))};
    const auto id = identities_.add(task);
    const auto all_runs = runs(period);
    if (known) {
        schedule(task, period, all_runs);
    }
    const auto a_day = [&](double in_a_run) {
        const double really = in_a_run * (1 - shape_.skipped);
        const double runs_a_day = static_cast<double>(minutes_a_day) / static_cast<double>(period);
        return runs_a_day > 1 ? 1 - std::pow(1 - really, runs_a_day) : really * runs_a_day;
    };
    const auto all_hours = hours_of(all_runs);
    const auto every_run = 1 + above_zero(always);
    for (std::size_t item = 0; item < every_run; ++item) {
        add_item(id, a_day(1), all_hours);
    }
    const auto bundles = above_zero(rare);
    for (std::size_t bundle = 0; bundle < bundles; ++bundle) {
        const auto in_a_run = log_evenly(shape_.rarest, shape_.least_rare);
        Minutes some_runs;
        std::geometric_distribution<std::size_t> pause(in_a_run);
        for (auto run = pause(random_); run < all_runs.size(); run += 1 + pause(random_)) {
            some_runs.push_back(all_runs[run]);
        }
        const auto size = below(10) < 7 ? 1 : 1 + below(3);
        for (std::size_t item = 0; item < size; ++item) {
            add_item(id, a_day(in_a_run), hours_of(some_runs));
        }
    }
}

std::vector<std::size_t> SimulatedServer::hours_at_random(double a_day) {
    std::vector<std::size_t> result;
    for (std::size_t hour = 0; hour < hours_; ++hour) {
        if (share() < 1 - std::exp(-a_day / 24)) {
            result.push_back(hour);
        }
    }
    return result;
}

void SimulatedServer::add_service(std::size_t number) {
    const auto id = identities_.add(
        Task{TaskKind::service, ForeignText("service" + std::to_string(number) + ".service")});
    for (std::size_t item = 0; item < service_destinations; ++item) {
        const auto rate = log_evenly(0.01, 100);
        add_item(id, 1 - std::exp(-rate), hours_at_random(rate));
    }
}

void SimulatedServer::add_common_cause() {
    const auto rate = log_evenly(0.005, 0.3);
    const auto hours = hours_at_random(rate);
    std::set<TaskId> tasks;
    for (const auto& item : items_) {
        tasks.insert(item.task);
    }
    for (const auto task : tasks) {
        if (below(10) < 3) {
            add_item(task, 1 - std::exp(-rate), hours);
        }
    }
}

void SimulatedServer::add_session() {
    const auto id = identities_.add(Task{TaskKind::session, ForeignText("admin")});
    for (std::size_t hour = 9; hour < hours_; hour += 24) {
        add_item(id, 0, {hour});
    }
}

Record SimulatedServer::record(std::size_t days) const {
    Record result;
    result.identities = identities_;
    result.schedules = schedules_;
    const auto end = Hour(first_day_) + std::chrono::days(days);
    std::copy_if(runs_.begin(), runs_.end(), std::back_inserter(result.runs),
                 [end](const TaskRuns& run) { return run.hour < end; });
    std::mt19937_64 which(items_.size());
    for (const auto* items : {&items_, &of_sessions_}) {
        for (const auto& item : *items) {
            std::map<Address, Flow> flows;
            for (const auto hour : item.hours) {
                const auto when = Hour(first_day_) + std::chrono::hours(hour);
                if (when >= end) {
                    break;
                }
                const auto& address = item.addresses[which() % item.addresses.size()];
                auto& flow = flows[address];
                flow.key.owner = SocketOwner::user(0, 0);
                flow.key.task = item.task;
                flow.key.attribution = Attribution::exact;
                flow.key.name = item.name;
                flow.key.name_source = BindingSource::dns_host;
                flow.key.destination = {item.service, address};
                flow.hours.push_back({when, 1});
                ++flow.counts.count;
                ++flow.counts.answered;
                flow.counts.first_seen = std::min(flow.counts.first_seen, Timestamp(when));
                flow.counts.last_seen = std::max(flow.counts.last_seen, Timestamp(when));
            }
            for (auto& [address, flow] : flows) {
                result.flows.push_back(std::move(flow));
            }
        }
    }
    std::sort(result.flows.begin(), result.flows.end(),
              [](const Flow& one, const Flow& other) { return one.key < other.key; });
    return result;
}

std::vector<analyzer::ObservedDay> SimulatedServer::observed(std::size_t days) const {
    std::vector<analyzer::ObservedDay> result;
    for (std::size_t day = 0; day < days; ++day) {
        const auto begin = unobserved_.begin() + static_cast<std::ptrdiff_t>(day * 24);
        result.push_back({first_day_ + std::chrono::days(day),
                          std::chrono::hours(24 - std::count(begin, begin + 24, true))});
    }
    return result;
}

double SimulatedServer::unseen_mass(std::size_t days) const {
    double unseen = 0;
    double all = 0;
    for (const auto& item : items_) {
        all += item.a_day;
        unseen += item.hours.empty() || item.hours.front() >= days * 24 ? item.a_day : 0;
    }
    return unseen / all;
}

} // namespace fwlearn::tests
