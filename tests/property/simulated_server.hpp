// A server whose unseen mass is known, because it is made: tasks that a clock runs, from every minute to
// every month, with destinations that each run contacts and others that few do; services that contact others
// at random; names that change their addresses; schedules that contact nobody; somebody's session. What it
// does becomes a record as the collector would have stored it. Knows nothing of how the mass is estimated.
// Used by the property test and by bench_unseen_mass.
#pragma once

#include <analyzer/unseen_mass.hpp>
#include <model/record.hpp>

#include <random>
#include <string>
#include <vector>

namespace fwlearn::tests {

struct ServerShape {
    std::string name = "standard";
    std::size_t timed_tasks = 36;
    std::size_t services = 4;
    /// Of each timed task, on the average: destinations of every run, less one, and bundles of those of few.
    double always = 1.5;
    double rare = 5;
    /// A bundle's probability in one run lies between these, evenly on a logarithmic scale.
    double rarest = 1e-5;
    double least_rare = 0.5;
    double skipped = 0.02;         ///< share of runs that do not take place
    double known_schedules = 1;    ///< share of tasks of which the record has the schedule and the runs
    bool on_calendar_days = false; ///< all weekly tasks on two days of the week, all monthly ones on one day
    double days_with_gaps = 0;     ///< share of days of which eight hours were not observed
    /// Rare events (a mirror fails, a certificate is renewed) that send three in ten tasks somewhere new
    /// each.
    std::size_t common_causes = 0;
};

class SimulatedServer {
  public:
    /// The same seed and shape make the same server, observed for so many days.
    SimulatedServer(std::uint64_t seed, const ServerShape& shape, std::size_t days);

    /// What is known after so many of the days.
    [[nodiscard]] model::Record record(std::size_t days) const;
    [[nodiscard]] std::vector<analyzer::ObservedDay> observed(std::size_t days) const;
    /// The share of the contacts of any day to come that were not observed on the first so many.
    [[nodiscard]] double unseen_mass(std::size_t days) const;

  private:
    struct Item {
        model::TaskId task = model::TaskId::unknown;
        double a_day = 0; ///< the probability that a day has it
        model::Service service;
        model::NameId name = model::NameId::unknown;
        std::vector<model::Address> addresses; ///< any of them an hour
        std::vector<std::size_t> hours;        ///< when it was contacted and observed; ascending
    };
    using Minutes = std::vector<std::size_t>;

    void add_timed_task(std::size_t number, double always, double rare, bool known);
    void add_service(std::size_t number);
    void add_common_cause();
    void add_session();
    std::vector<std::size_t> hours_at_random(double a_day);
    void add_item(model::TaskId task, double a_day, const std::vector<std::size_t>& hours);
    Minutes runs(std::size_t period);
    void schedule(const model::Task& task, std::size_t period, const Minutes& runs);
    [[nodiscard]] std::size_t above_zero(double mean); ///< geometric, from 0
    [[nodiscard]] double share();                      ///< evenly between 0 and 1
    [[nodiscard]] std::size_t below(std::size_t bound);
    [[nodiscard]] double log_evenly(double from, double to);

    std::mt19937_64 random_;
    ServerShape shape_;
    std::size_t hours_;
    std::chrono::sys_days first_day_;
    std::vector<bool> unobserved_; ///< by hour
    model::Identities identities_;
    std::vector<model::Schedule> schedules_;
    std::vector<model::TaskRuns> runs_;
    std::vector<Item> items_;
    std::vector<Item> of_sessions_;
};

} // namespace fwlearn::tests
