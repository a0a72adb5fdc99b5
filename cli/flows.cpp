#include "context.hpp"
#include "flow_options.hpp"
#include "flow_position.hpp"
#include "read_record.hpp"
#include "record_changes.hpp"

#include <analyzer/render/flow_json.hpp>
#include <analyzer/render/flow_table.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace fwlearn::cli {
namespace {

struct Options {
    FlowOptions which;
    bool json = false;
    bool follow = false;
    std::optional<std::size_t> limit; ///< the newest alone
};

/// At the beginning; the newest alone.
constexpr std::size_t shown_before = 10;
/// Of one second, for people: who would read more?
constexpr std::size_t most_lines = 200;

void put_newest_first(std::vector<model::Flow>& flows) {
    std::stable_sort(flows.begin(), flows.end(), [](const model::Flow& one, const model::Flow& other) {
        return one.counts.last_seen > other.counts.last_seen;
    });
}

std::string json_of(const model::Flow& flow, const model::Record& record) {
    return analyzer::flow_to_json(flow, record.identities,
                                  model::bindings_of(record.names, flow.key.destination.address));
}

int flows(const Options& given, Context& context) {
    const auto filter = given.which.parse();
    const auto range = given.which.range.parse();
    auto record = read_record(context.database, range);
    keep_within(record, range);
    keep_admitted(record, filter);
    put_newest_first(record.flows);
    if (given.limit && *given.limit < record.flows.size()) {
        record.flows.resize(*given.limit);
    }
    if (!given.json) {
        context.out << analyzer::render_flow_table(record.flows, record.identities, record.names,
                                                   {terminal_width(), wants_color(context)});
        return done;
    }
    for (const auto& flow : record.flows) {
        context.out << json_of(flow, record) << '\n';
    }
    return done;
}

class FlowFollower {
  public:
    FlowFollower(const Options& given, Context& context)
        : given_(given), context_(context), filter_(given.which.parse()), range_(given.which.range.parse()) {}

    int run() {
        RecordChanges changes(context_.database);
        say_if_nobody_observes(context_);
        do {
            round();
        } while (context_.out.good() && changes.wait());
        return done;
    }

  private:
    void round() {
        const auto clocks = Clocks::read();
        auto record = read_news(context_.database, range_, before_, clocks);
        auto next = next_position(record, before_, std::nullopt, clocks);
        keep_admitted(record, filter_);
        put_newest_first(record.flows);
        print(record);
        before_ = std::move(next);
    }

    /// The oldest first, as they came.
    void print(model::Record& record) const {
        const auto all = record.flows.size();
        const auto most = !before_ ? given_.limit.value_or(shown_before) : given_.json ? all : most_lines;
        if (all > most && before_) {
            context_.out << fmt::format("{} more flows: fwlearn flows\n", all - most);
        }
        record.flows.resize(std::min(all, most));
        std::for_each(record.flows.rbegin(), record.flows.rend(), [&](const model::Flow& flow) {
            context_.out << (given_.json ? json_of(flow, record)
                                         : analyzer::flow_line(flow, record.identities, record.names))
                         << '\n';
        });
        context_.out.flush();
    }

    const Options& given_;
    Context& context_;
    FlowFilter filter_;
    model::TimeRange range_;
    std::optional<FlowPosition> before_; ///< up to where it has looked
};

} // namespace

void add_flows(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("flows", "What was seen, newest first");
    auto options = std::make_shared<Options>();
    options->which.add_to(*verb);
    verb->add_option("-n,--limit", options->limit, "The newest so many alone")
        ->check(CLI::Range(1, 1'000'000'000))
        ->type_name("COUNT");
    verb->add_flag("--json", options->json, "JSON Lines, one flow a line");
    verb->add_flag("-f,--follow", options->follow,
                   "The newest ten (--limit), oldest first, then each as it is stored, until stopped")
        ->excludes(verb->get_option("--until"));
    verb->callback([&context, options] {
        context.verb = [&context, options] {
            return options->follow ? FlowFollower(*options, context).run() : flows(*options, context);
        };
    });
}

} // namespace fwlearn::cli
