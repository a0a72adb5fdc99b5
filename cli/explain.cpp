#include "context.hpp"
#include "read_record.hpp"
#include "whitelist_options.hpp"

#include <analyzer/render/explanation.hpp>
#include <analyzer/render/short_head.hpp>
#include <analyzer/suggest.hpp>
#include <model/errors.hpp>

#include <iostream>

namespace fwlearn::cli {
namespace {

struct Options {
    std::string rule;
    WhitelistOptions whitelist;
    bool json = false;
};

int explain(const Options& options, Context& context) {
    const auto shape = options.whitelist.parse();
    const auto& record = kept_for_good(read_record(context.database, options.whitelist.range.parse()));
    const auto whitelist = analyzer::suggest(record, shape);
    const model::Rule* found = nullptr;
    for (const auto& rule : whitelist.rules) {
        if (!rule.id.starts_with(options.rule)) {
            continue;
        }
        if (found != nullptr) {
            throw model::UsageError("more than one rule begins with '" +
                                    model::for_terminal(model::ForeignText(options.rule)) +
                                    "': give more of its id");
        }
        found = &rule;
    }
    if (found == nullptr) {
        throw model::UsageError("there is no rule '" + model::for_terminal(model::ForeignText(options.rule)) +
                                "' in what is suggested now (fwlearn suggest -o table lists them)");
    }
    context.out << (options.json ? analyzer::explanation_to_json(record, whitelist, *found)
                                 : analyzer::render_short_head(whitelist) + "\n" +
                                       analyzer::render_explanation(record, whitelist, *found));
    return done;
}

} // namespace

void add_explain(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("explain", "Why a rule is there: who needs it, and on what evidence");
    auto options = std::make_shared<Options>();
    verb->add_option("RULE", options->rule, "Its id, or the beginning of it")->required()->type_name("");
    options->whitelist.add_to(*verb);
    verb->add_flag("--json", options->json, "One JSON object");
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return explain(*options, context); }; });
}

} // namespace fwlearn::cli
