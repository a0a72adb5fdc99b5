#include "context.hpp"
#include "formats.hpp"
#include "read_record.hpp"
#include "systemd_options.hpp"
#include "whitelist_options.hpp"

#include <analyzer/coverage.hpp>
#include <analyzer/curve.hpp>
#include <analyzer/existing.hpp>
#include <analyzer/render/curve.hpp>
#include <analyzer/render/short_head.hpp>
#include <analyzer/suggest.hpp>
#include <firewall/ruleset.hpp>
#include <model/counted.hpp>
#include <model/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>

namespace fwlearn::cli {
namespace {

struct Options {
    std::string format;
    WhitelistOptions whitelist;
    SystemdOptions systemd;
    bool curve = false;
    std::string existing = "none";
};

/// The output says so too, but who loads a file may never look into it.
void tell_not_expressed(const std::vector<std::string>& not_expressed, std::size_t rules,
                        const std::string& format, Context& context) {
    const auto rest = not_expressed.size() - 1;
    const auto others = rest == 0 ? std::string() : fmt::format(", and {} more", rest);
    context.out << std::flush;
    context.err << (format == "systemd"
                        ? fmt::format("fwlearn: {} no drop-in: {}{}\n",
                                      model::counted(not_expressed.size(), "unit has", "units have"),
                                      not_expressed.front(), others)
                        : fmt::format("fwlearn: {} of {} rules cannot be said by {}, and what they admit is "
                                      "denied by what was printed: {}{}\n",
                                      not_expressed.size(), rules, format, not_expressed.front(), others))
                << std::flush;
}

/// So does the head of what was printed; but in a pipe that, too, goes unseen.
void tell_too_early(const model::Whitelist& whitelist, const analyzer::CoverageReport& coverage,
                    const std::string& format, Context& context) {
    constexpr std::array loaded{"nft", "iptables", "ip6tables", "ufw", "firewalld"};
    if (context.quiet || writes_to_terminal() || coverage.is_enough() ||
        std::find(loaded.begin(), loaded.end(), format) == loaded.end()) {
        return;
    }
    context.out << std::flush;
    context.err << fmt::format("fwlearn: {}\n", whitelist.coverage.summary.front()) << std::flush;
}

int suggest(const Options& options, Context& context) {
    if (options.curve && !options.format.empty() && options.format != "table" && options.format != "json") {
        throw model::UsageError("--curve is printed by -o table or json, not by " + options.format);
    }
    options.systemd.refuse_for(options.format);
    const auto shape = options.whitelist.parse();
    const auto& record = kept_for_good(options.whitelist.read(context.database));
    if (options.curve) {
        const auto steps = analyzer::curve(record, shape);
        context.out << (options.format == "json"
                            ? analyzer::curve_to_json(steps)
                            : analyzer::render_short_head(analyzer::suggest(record, shape)) + "\n" +
                                  analyzer::render_curve(steps, {terminal_width(), wants_color(context)}));
        return done;
    }
    auto whitelist = analyzer::suggest(record, shape);
    const auto coverage = analyzer::coverage(record);
    whitelist.coverage.summary = analyzer::summary(coverage);
    if (options.existing != "none") {
        const auto ruleset = options.existing == "live" ? firewall::read_ruleset()
                                                        : firewall::read_ruleset_file(options.existing);
        whitelist.existing = analyzer::existing_denials(record, ruleset);
    }
    const auto format = !options.format.empty() ? options.format : writes_to_terminal() ? "table" : "nft";
    const auto rendered = format == "systemd" ? options.systemd.render(whitelist, context)
                                              : formats().at(format)(whitelist, context);
    context.out << rendered.text;
    tell_too_early(whitelist, coverage, format, context);
    if (rendered.not_expressed.empty()) {
        return done;
    }
    if (!context.quiet) {
        tell_not_expressed(rendered.not_expressed, whitelist.rules.size(), format, context);
    }
    return findings;
}

} // namespace

void add_suggest(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("suggest", "Propose the whitelist for what was observed");
    auto options = std::make_shared<Options>();
    std::vector<std::string> names{"systemd"};
    for (const auto& [name, format] : formats()) {
        names.push_back(name);
    }
    verb->add_option(
            "-o,--output", options->format,
            "table, markdown or json to read; nft, iptables, ip6tables, ipset (what those two look into), "
            "ufw (a script of its commands), firewalld (a policy), dnsmasq or systemd (which fill the sets "
            "of nft) to load; else table on a terminal, nft in a pipe. Exit status 1: not every rule can be "
            "said in this format")
        ->check(CLI::IsMember(names))
        ->type_name("FORMAT");
    options->whitelist.add_to(*verb);
    options->systemd.add_to(*verb);
    verb->add_option(
            "--existing", options->existing,
            "Say which of the flows the firewall that is there denies: live (needs root), none, or a FILE "
            "of `nft -j list ruleset` or iptables-save; changes no rule")
        ->capture_default_str()
        ->type_name("FILE:{live,none}");
    verb->add_flag(
        "--curve", options->curve,
        "Rules against exposure against what would have broken, for each way to widen (table or json)");
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return suggest(*options, context); }; });
}

} // namespace fwlearn::cli
