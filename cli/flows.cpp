#include "cli/flow_filter.hpp"
#include "context.hpp"
#include "range_options.hpp"
#include "read_record.hpp"

#include <analyzer/render/flow_json.hpp>
#include <analyzer/render/flow_table.hpp>

#include <algorithm>
#include <iostream>

namespace fwlearn::cli {
namespace {

struct Options {
    FlowFilter filter;
    std::string port;
    std::string destination;
    RangeOptions range;
    bool json = false;
};

int flows(const Options& given, Context& context) {
    FlowFilter filter = given.filter;
    if (!given.port.empty()) {
        filter.parse_port(given.port);
    }
    if (!given.destination.empty()) {
        filter.parse_destination(given.destination);
    }
    auto record = read_record(context.database, given.range.parse());
    std::erase_if(record.flows, [&](const model::Flow& flow) {
        return !filter.admits(flow, record.identities,
                              model::bindings_of(record.names, flow.key.destination.address));
    });
    std::stable_sort(record.flows.begin(), record.flows.end(),
                     [](const model::Flow& one, const model::Flow& other) {
                         return one.counts.last_seen > other.counts.last_seen;
                     });
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
    auto& filter = options->filter;
    verb->add_option("--process", filter.process, "Executable's path or name, or the process's short name")
        ->type_name("PATTERN");
    verb->add_option("--user", filter.user, "Owner of the socket, by name or number")->type_name("PATTERN");
    verb->add_option("--unit", filter.unit, "systemd unit")->type_name("PATTERN");
    verb->add_option("--task", filter.task, "Task")->type_name("PATTERN");
    verb->add_option("--dest", options->destination, "Destination address or prefix")->type_name("ADDRESS");
    verb->add_option("--name", filter.name, "DNS name of the destination")->type_name("PATTERN");
    verb->add_option("--port", options->port, "Destination port: 443, tcp/443; or a protocol: icmp")
        ->type_name("PORT");
    verb->add_flag("--denied", filter.denied, "What the whitelist in force denied, alone");
    verb->add_flag("--shadowed", filter.shadowed,
                   "What a whitelist on trial (apply --shadow) would have denied, alone");
    options->range.add_to(*verb);
    verb->add_flag("--json", options->json, "JSON Lines, one flow a line");
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return flows(*options, context); }; });
}

} // namespace fwlearn::cli
