#include "cli/app.hpp"

#include "app_options.hpp"
#include "configuration.hpp"
#include "configuration_files.hpp"
#include "context.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <iostream>
#include <map>

namespace fwlearn::cli {
namespace {

const std::map<std::string, Color> colors{
    {"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}};

/// What is said on stderr is one line, whatever it quotes.
int fail(std::ostream& err, const std::string& line) {
    err << "fwlearn: " << line << '\n' << std::flush;
    return failed;
}

/// Where the options are told, of the verb that was given or of the whole.
std::string hint(const CLI::App& app) {
    const auto verbs = app.get_subcommands();
    return " (see fwlearn " + (verbs.empty() ? std::string() : verbs.front()->get_name() + " ") + "--help)";
}

/// `fwlearn help [VERB]`, as of other programs with verbs, is `fwlearn [VERB] --help`.
std::vector<const char*> with_help_as_option(int argc, const char* const* argv) {
    std::vector<const char*> arguments(argv, argv + argc); // NOLINT: main's own
    if (argc > 1 && std::string_view(arguments[1]) == "help") {
        arguments.erase(arguments.begin() + 1);
        arguments.push_back("--help");
    }
    return arguments;
}

/// What was given in the place of a verb, where there is none of that name; else empty.
std::string stranger(const CLI::App& app) {
    const auto rest = app.remaining();
    return app.get_subcommands().empty() && !rest.empty() ? rest.front() : std::string();
}

int fail_for_stranger(const CLI::App& app, Context& context) {
    return fail(context.err, "there is no verb '" + model::for_terminal(model::ForeignText(stranger(app))) +
                                 "'" + hint(app));
}

int parse(CLI::App& app, Context& context, int argc, const char* const* argv) {
    try {
        const auto arguments = with_help_as_option(argc, argv);
        app.parse(static_cast<int>(arguments.size()), arguments.data());
    } catch (const CLI::CallForHelp&) {
        if (!stranger(app).empty()) {
            return fail_for_stranger(app, context);
        }
        // Of the verb that was named, or of the whole.
        const auto verbs = app.get_subcommands();
        context.out << (verbs.empty() ? app.help() : verbs.front()->help(app.get_name())) << std::flush;
        return done;
    } catch (const CLI::CallForVersion&) {
        context.out << "fwlearn " FWLEARN_VERSION "\n" << std::flush;
        return done;
    } catch (const CLI::RequiredError& error) {
        // CLI11 asks for the verb before it looks at what was given in its place.
        if (!stranger(app).empty()) {
            return fail_for_stranger(app, context);
        }
        return fail(context.err, model::for_terminal(model::ForeignText(error.what())) + hint(app));
    } catch (const CLI::ParseError& error) {
        return fail(context.err, model::for_terminal(model::ForeignText(error.what())) + hint(app));
    }
    configure(app, context, default_configuration);
    return context.verb();
}

} // namespace

void add_options(CLI::App& app, Context& context) {
    app.name("fwlearn");
    app.description(
        "Learns what a server sends, and proposes the smallest default-deny whitelist for its OUTPUT.\n"
        "Exit status: 0 done; 1 findings; 2 error, with one line on stderr.");
    add_configuration(app, context);
    app.add_option("--db", context.database, "The record")
        ->check([](const std::string& file) {
            return file.empty() ? std::string("no file is named (an empty variable?)") : std::string();
        })
        ->capture_default_str()
        ->type_name("FILE")
        ->configurable();
    app.add_option("--color", context.color, "Colours (NO_COLOR is honoured)")
        ->transform(CLI::Transformer(colors).description(CLI::IsMember(colors).get_description()))
        ->type_name("WHEN")
        ->configurable();
    app.add_flag("-q,--quiet", context.quiet, "Say nothing but what was asked for, and errors");
    app.add_flag("-v,--verbose", context.verbose, "Say more on stderr");
    app.set_version_flag("--version", "fwlearn " FWLEARN_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    add_observe(app, context);
    add_status(app, context);
    add_flows(app, context);
    add_suggest(app, context);
    add_explain(app, context);
    add_review(app, context);
    add_diff(app, context);
    add_coverage(app, context);
    add_backtest(app, context);
    add_rehearse(app, context);
    add_apply(app, context);
    add_confirm(app, context);
    add_rollback(app, context);
    add_refresh(app, context);
    add_audit(app, context);
    add_learn_more(app, context);
    add_import(app, context);
    add_export(app, context);
    add_purge(app, context);
    add_completion(app, context);
}

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
    CLI::App app;
    Context context{.configuration = {}, .out = out, .err = err, .verb = {}};
    add_options(app, context);
    try {
        const int status = parse(app, context, argc, argv);
        out.flush();
        return out.good() ? status : fail(err, "cannot write the output");
    } catch (const model::Error& error) {
        return fail(err, error.what());
    } catch (const std::bad_alloc&) {
        return fail(err, "out of memory");
    } catch (const std::exception& error) {
        return fail(err, "internal error: " + model::for_terminal(model::ForeignText(error.what())));
    }
}

} // namespace fwlearn::cli
