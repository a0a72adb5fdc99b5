// Any bytes as a unit with its service, as time spans, as the command of a job, and as the name and the text
// of an at job. What is told of them keeps to its bounds, and costs little.
#include "expect.hpp"

#include <at_job.hpp>
#include <recurrence.hpp>
#include <run_parts.hpp>
#include <time_span.hpp>
#include <timer_times.hpp>

namespace {

using namespace fwlearn;
using namespace fwlearn::collector::host;
using fuzz::expect;

void check_timer(const std::string& text) {
    Unit unit{"a@b.timer", "/x", {text, "[Timer]\nAccuracySec=1s\n"}, false};
    const auto times = times_of(unit);
    expect(times.delay >= std::chrono::seconds(0) && times.when.size() >= times.calendar.size());
    expect(!times.after_run || *times.after_run >= std::chrono::seconds(0));
    std::vector<NextRun> runs;
    for (const auto& calendar : times.calendar) {
        runs.emplace_back([&calendar](LocalSecond after) { return calendar.next(after); });
    }
    const auto now = std::chrono::local_days(std::chrono::year(2026) / 3 / 27);
    const auto next = next_of(runs, now);
    expect(!next || *next > now);
    if (const auto wait = longest_wait(runs, now)) {
        expect(*wait > std::chrono::seconds(0) && next);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    check_timer(text);
    if (const auto span = parse_time_span(text)) {
        expect(*span >= std::chrono::microseconds(0));
    }
    if (const auto runs = run_parts_in(text)) {
        expect(runs->folder.starts_with('/'));
    }
    if (const auto job = at_job(text)) {
        expect(text.size() == 14 && job->due.time_since_epoch().count() >= 0);
    }
    (void)at_command(text);
    (void)with_specifiers(text, text);
    (void)template_of_unit(text);
    return 0;
}
