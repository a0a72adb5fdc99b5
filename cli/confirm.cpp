#include "context.hpp"

#include <firewall/confirm.hpp>
#include <firewall/way_back.hpp>
#include <firewall/whitelist_state.hpp>
#include <model/errors.hpp>

#include <iostream>
#include <map>

namespace fwlearn::cli {
namespace {

struct Options {
    std::filesystem::path state = firewall::StateDirectory::usual;
    std::string at_boot = "open";
};

struct Choice {
    firewall::AtBoot choice;
    const char* words;
};
const std::map<std::string, Choice> choices{
    {"open", {firewall::AtBoot::open, "at boot it is loaded; if that fails, everything may leave (open)"}},
    {"closed",
     {firewall::AtBoot::closed,
      "at boot it is loaded; if that fails, only answers to what comes in may leave (closed)"}},
    {"off", {firewall::AtBoot::off, "at boot nothing is loaded (off)"}},
};

/// On trial, or for one unit: nothing that a host should come up with.
bool is_partial(const firewall::Applied& applied) {
    return applied.text.find("\n\tcounter shadowed {") != std::string::npos ||
           applied.text.find("\n\tchain judged {") != std::string::npos;
}

int confirm(const Options& options, Context& context) {
    const firewall::StateDirectory directory(options.state);
    const auto lock = directory.lock();
    const auto armed = firewall::read_applied(directory, firewall::armed_file);
    if (!armed || firewall::is_gone(*armed)) {
        const auto why = firewall::why_taken_back(directory);
        throw model::UsageError(
            why.empty() ? "nothing waits to be confirmed: it was confirmed already, or never applied "
                          "(fwlearn apply)"
                        : "nothing waits to be confirmed: what was applied last was taken back (" + why +
                              "); fwlearn apply loads it again");
    }
    auto [choice, words] = choices.at(options.at_boot);
    if (is_partial(*armed)) {
        choice = firewall::AtBoot::off;
        words = "it is on trial, or for one unit alone: at boot nothing is loaded (off)";
    }
    const auto not_written = firewall::confirm(directory, *armed, choice);
    firewall::disarm_way_back(*armed);
    if (!not_written.empty()) {
        context.err
            << "fwlearn: confirmed all the same, and loaded at boot; but the files beside that, which "
               "audit reads, are not written: "
            << not_written << '\n'
            << std::flush;
    }
    if (!context.quiet) {
        context.out << "confirmed: the whitelist stays\n"
                    << words << "; fwlearn-firewall.service does it, once it is enabled\n"
                    << "what it denies from now on, and which timers fail then: fwlearn audit "
                       "(fwlearn-audit.timer runs it every hour), as long as fwlearn-observe runs\n";
    }
    return done;
}

} // namespace

void add_confirm(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("confirm", "Keep the whitelist that was applied, and load it at boot");
    auto options = std::make_shared<Options>();
    verb->add_option(
            "--at-boot", options->at_boot,
            "What holds at boot where it cannot be loaded: open (everything may leave) or closed (only "
            "answers may); off: nothing is loaded at all")
        ->check(CLI::IsMember({"open", "closed", "off"}))
        ->capture_default_str()
        ->type_name("WHAT");
    verb->add_option("--state", options->state, "Where it is written down what was applied")
        ->capture_default_str()
        ->type_name("DIR");
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return confirm(*options, context); }; });
}

} // namespace fwlearn::cli
