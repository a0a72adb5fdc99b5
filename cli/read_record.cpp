#include "read_record.hpp"

#include "large_pages.hpp"

#include <sql/reader.hpp>

#include <algorithm>
#include <deque>
#include <ostream>
#include <utility>

namespace fwlearn::cli {
namespace {

/// A database of fewer octets is read and judged in a moment.
constexpr std::uintmax_t much = std::uintmax_t{8} << 20U;
/// What a record and all that is made of it take, of what its database does; a little more than measured.
constexpr std::uintmax_t times_as_much = 10;
constexpr std::uintmax_t most = std::uintmax_t{8} << 30U;

} // namespace

model::Record read_record(const std::filesystem::path& database, const model::TimeRange& range) {
    const sql::Reader reader(database);
    std::error_code error; // then it says why it cannot be read
    const auto size = std::filesystem::file_size(database, error);
    if (!error && size >= much) {
        use_large_pages_for_next(std::min(size * times_as_much, most));
    }
    return reader.read(range);
}

void say_if_nobody_observes(const Context& context) {
    if (!context.quiet && !sql::Reader(context.database).collector_pid()) {
        context.err
            << "fwlearn: nobody observes into this record, so that nothing new comes until somebody does: "
               "systemctl start fwlearn-observe\n"
            << std::flush;
    }
}

void keep_within(model::Record& record, const model::TimeRange& range) {
    std::erase_if(record.flows, [&range](const model::Flow& flow) {
        return (range.since && flow.counts.last_seen < *range.since) ||
               (range.until && flow.counts.first_seen >= *range.until);
    });
}

model::Record read_news(const std::filesystem::path& database, model::TimeRange range,
                        std::optional<FlowPosition>& before, const Clocks& now) {
    if (before) {
        before->follow(now);
        const auto anew = before->until - FlowPosition::once_more;
        range.since = range.since ? std::max(*range.since, anew) : anew;
    }
    auto record = read_record(database, range);
    keep_within(record, range);
    if (before) {
        std::erase_if(record.flows,
                      [&](const model::Flow& flow) { return before->has(flow, record.identities); });
    }
    return record;
}

const model::Record& kept_for_good(model::Record record) {
    static auto& kept = *new std::deque<model::Record>; // never destroyed, which is what it is for
    return kept.emplace_back(std::move(record));
}

} // namespace fwlearn::cli
