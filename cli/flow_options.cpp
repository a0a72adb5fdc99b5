#include "flow_options.hpp"

namespace fwlearn::cli {

void FlowOptions::add_to(CLI::App& verb) {
    verb.add_option("--process", filter.process, "Executable's path or name, or the process's short name")
        ->type_name("PATTERN");
    verb.add_option("--user", filter.user, "Owner of the socket, by name or number")->type_name("PATTERN");
    verb.add_option("--unit", filter.unit, "systemd unit")->type_name("PATTERN");
    verb.add_option("--task", filter.task, "Task")->type_name("PATTERN");
    verb.add_option("--dest", destination, "Destination address or prefix")->type_name("ADDRESS");
    verb.add_option("--name", filter.name, "DNS name of the destination")->type_name("PATTERN");
    verb.add_option("--port", port, "Destination port: 443, tcp/443, 8000-8010; or a protocol: icmp")
        ->type_name("PORT");
    verb.add_flag("--denied", filter.denied, "What the whitelist in force denied, alone");
    verb.add_flag("--shadowed", filter.shadowed,
                  "What a whitelist on trial (apply --shadow) would have denied, alone");
    range.add_to(verb);
}

FlowFilter FlowOptions::parse() const {
    auto parsed = filter;
    if (!port.empty()) {
        parsed.parse_port(port);
    }
    if (!destination.empty()) {
        parsed.parse_destination(destination);
    }
    return parsed;
}

void keep_admitted(model::Record& record, const FlowFilter& filter) {
    std::erase_if(record.flows, [&](const model::Flow& flow) {
        return !filter.admits(flow, record.identities,
                              model::bindings_of(record.names, flow.key.destination.address));
    });
}

} // namespace fwlearn::cli
