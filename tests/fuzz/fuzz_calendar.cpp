// Any bytes as OnCalendar= of a timer, and as the fields of a crontab's line: what is taken has next runs,
// each after the one before.
#include <model/calendar_expression.hpp>
#include <model/cron_expression.hpp>

#include <cstdlib>

namespace {

template <typename Expression, typename Time>
void follow(const Expression& expression, Time time) {
    for (int run = 0; run < 3; ++run) {
        const auto next = expression.next(time);
        if (!next) {
            return;
        }
        if (*next <= time) {
            std::abort();
        }
        time = *next;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn;
    const std::string_view text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    const std::chrono::local_days begin(std::chrono::year(2026) / 11 / 25);
    if (const auto expression = model::CalendarExpression::parse(text)) {
        follow(*expression, model::LocalSecond(begin));
    }
    if (const auto expression = model::CronExpression::parse(text)) {
        follow(*expression, model::LocalMinute(begin));
    }
    return 0;
}
