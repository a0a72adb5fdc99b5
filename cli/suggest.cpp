#include "cli/time_argument.hpp"
#include "context.hpp"
#include "range_options.hpp"

#include <analyzer/render/dnsmasq.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/render/table.hpp>
#include <analyzer/suggest.hpp>
#include <model/errors.hpp>
#include <sql/reader.hpp>

#include <iostream>

namespace fwlearn::cli {
namespace {

struct Options {
    std::string format;
    std::string by = "name";
    RangeOptions range;
};

int suggest(const Options& options, Context& context) {
    const auto record = sql::Reader(context.database).read(options.range.parse());
    if (record.flows.empty()) {
        throw model::UsageError("no flow is recorded in " +
                                model::for_terminal(model::ForeignText(context.database.string())) +
                                " for this time: no whitelist, and no default-deny, can be proposed "
                                "(run fwlearn observe for a week first)");
    }
    const auto whitelist = analyzer::suggest(record, {.by_address = options.by == "address"});
    const auto format = !options.format.empty() ? options.format : writes_to_terminal() ? "table" : "nft";
    if (format == "table") {
        context.out << analyzer::render_table(whitelist, {terminal_width(), wants_color(context)});
    } else if (format == "json") {
        context.out << analyzer::render_json(whitelist);
    } else if (format == "dnsmasq") {
        context.out << analyzer::render_dnsmasq(whitelist);
    } else {
        context.out << analyzer::render_nft(whitelist);
    }
    return done;
}

} // namespace

void add_suggest(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("suggest", "Propose the whitelist for what was observed");
    auto options = std::make_shared<Options>();
    verb->add_option(
            "-o,--output", options->format,
            "table, nft, dnsmasq (fills the sets of nft) or json; else table on a terminal, nft in a "
            "pipe")
        ->check(CLI::IsMember({"table", "nft", "dnsmasq", "json"}))
        ->type_name("FORMAT");
    verb->add_option("--by", options->by,
                     "Rules by name, where answers of name servers gave one, or all by address")
        ->check(CLI::IsMember({"name", "address"}))
        ->capture_default_str()
        ->type_name("WHAT");
    options->range.add_to(*verb);
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return suggest(*options, context); }; });
}

} // namespace fwlearn::cli
