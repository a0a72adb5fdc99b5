#include "anacrontab.hpp"

#include "settings/text.hpp"
#include "small_files.hpp"

#include <model/number.hpp>

#include <algorithm>
#include <optional>

namespace fwlearn::collector::host {
namespace {

std::optional<std::uint32_t> number_of(std::string_view text) {
    constexpr std::uint32_t greatest = 0x7fffffff; // INT_MAX (conv2int() in readtab.c)
    return model::parse_integer<std::uint32_t>(text, greatest);
}

/// anacrontab(5); "@monthly" and "@yearly" by their first letters alone (register_period_job()).
bool set_period(std::string_view word, AnacronLine& job) {
    if (word.starts_with("@monthl") || word.starts_with("@yearly") || word == "@annually") {
        job.period = word.starts_with("@monthl") ? AnacronPeriod::month : AnacronPeriod::year;
        return true;
    }
    const auto days = word == "@daily"    ? std::optional(1U)
                      : word == "@weekly" ? std::optional(7U)
                                          : number_of(word);
    job.days = days.value_or(0);
    return days.has_value();
}

struct Variables {
    std::uint32_t random_delay = 0;
    std::uint32_t first_hour = 0;
};

std::optional<AnacronLine> job_in(std::string_view line, const Variables& variables) {
    AnacronLine job;
    const auto period = settings::take_word(line);
    const auto delay = settings::take_word(line);
    const auto minutes = number_of(delay);
    job.identifier = settings::take_word(line);
    job.command = line;
    if (!set_period(period, job) || !minutes || job.identifier.empty() || job.command.empty() ||
        job.identifier.find('/') != std::string::npos) {
        return std::nullopt;
    }
    constexpr std::uint32_t most_minutes = 10 * 366 * 24 * 60;
    job.when = std::string(period).append(" ").append(delay);
    job.delay_minutes = std::min(*minutes, most_minutes) + variables.random_delay;
    job.first_hour = variables.first_hour;
    return job;
}

void set_variable(std::string_view name, std::string_view value, Variables& variables) {
    constexpr std::uint32_t minutes_of_a_day = 24 * 60;
    if (name == "RANDOM_DELAY") {
        variables.random_delay = std::min(number_of(value).value_or(0), minutes_of_a_day);
    } else if (name == "START_HOURS_RANGE") {
        const auto hour = number_of(settings::before(value, "-")).value_or(0);
        variables.first_hour = hour < 24 ? hour : 0;
    }
}

} // namespace

std::vector<AnacronLine> read_anacrontab(std::string_view text) {
    std::vector<AnacronLine> jobs;
    Variables variables;
    settings::Lines lines(text);
    while (const auto first = lines.next()) {
        std::string whole(first->text); // a backslash at its end goes on in the next line
        while (whole.ends_with('\\')) {
            const auto next = lines.next();
            whole.back() = ' ';
            whole += next ? next->text : std::string_view();
            if (!next) {
                break;
            }
        }
        std::string_view line = whole;
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.empty() || line.front() == '#') {
            continue;
        }
        // NAME=VALUE comes first, so that "1 5 job X=y" is a job, and "x =" a variable (parse_tab_line()).
        const auto equals = line.find('=');
        const auto name = settings::trimmed(line.substr(0, equals));
        if (equals != std::string_view::npos && !name.empty() &&
            name.find_first_of(" \t") == std::string_view::npos) {
            set_variable(name, settings::trimmed(line.substr(equals + 1)), variables);
        } else if (auto job = job_in(line, variables); job && jobs.size() < most_entries) {
            job->line = first->number;
            jobs.push_back(std::move(*job));
        }
    }
    return jobs;
}

} // namespace fwlearn::collector::host
