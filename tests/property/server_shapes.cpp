#include "server_shapes.hpp"

namespace fwlearn::tests {

std::vector<ServerShape> server_shapes() {
    std::vector<ServerShape> result(1);
    const auto add = [&result](const char* name) -> ServerShape& {
        result.emplace_back().name = name;
        return result.back();
    };
    auto& few = add("few tasks");
    few.timed_tasks = 7;
    few.services = 1;
    auto& many = add("many tasks");
    many.timed_tasks = 190;
    many.services = 10;
    auto& light = add("light tail");
    light.rare = 1;
    light.services = 0;
    auto& heavy = add("heavy tail");
    heavy.rare = 20;
    heavy.rarest = 1e-6;
    heavy.least_rare = 0.1;
    auto& random = add("services alone");
    random.timed_tasks = 0;
    random.services = 20;
    add("schedules unknown").known_schedules = 0;
    add("one in five runs skipped").skipped = 0.2;
    add("gaps").days_with_gaps = 0.3;
    add("calendar days").on_calendar_days = true;
    auto& unknown = add("calendar days, schedules unknown");
    unknown.on_calendar_days = true;
    unknown.known_schedules = 0;
    add("common causes").common_causes = 8;
    return result;
}

} // namespace fwlearn::tests
