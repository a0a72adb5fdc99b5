#include "context.hpp"
#include "flow_options.hpp"
#include "read_record.hpp"

#include <analyzer/render/flow_json.hpp>
#include <analyzer/render/flow_table.hpp>

#include <algorithm>
#include <iostream>

namespace fwlearn::cli {
namespace {

struct Options {
    FlowOptions which;
    bool json = false;
    std::optional<std::size_t> limit; ///< the newest alone
};

int flows(const Options& given, Context& context) {
    const auto filter = given.which.parse();
    const auto range = given.which.range.parse();
    auto record = read_record(context.database, range);
    keep_within(record, range);
    keep_admitted(record, filter);
    std::stable_sort(record.flows.begin(), record.flows.end(),
                     [](const model::Flow& one, const model::Flow& other) {
                         return one.counts.last_seen > other.counts.last_seen;
                     });
    if (given.limit && *given.limit < record.flows.size()) {
        record.flows.resize(*given.limit);
    }
    if (!given.json) {
        context.out << analyzer::render_flow_table(record.flows, record.identities, record.names,
                                                   {terminal_width(), wants_color(context)});
        return done;
    }
    for (const auto& flow : record.flows) {
        context.out << analyzer::flow_to_json(flow, record.identities,
                                              model::bindings_of(record.names, flow.key.destination.address))
                    << '\n';
    }
    return done;
}

} // namespace

void add_flows(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("flows", "What was seen, newest first");
    auto options = std::make_shared<Options>();
    options->which.add_to(*verb);
    verb->add_option("-n,--limit", options->limit, "The newest so many alone")
        ->check(CLI::Range(1, 1'000'000'000))
        ->type_name("COUNT");
    verb->add_flag("--json", options->json, "JSON Lines, one flow a line");
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return flows(*options, context); }; });
}

} // namespace fwlearn::cli
