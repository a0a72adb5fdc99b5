#include "audit_options.hpp"

#include "decisions_file.hpp"
#include "read_record.hpp"
#include "rules_file.hpp"

#include <analyzer/suggest.hpp>
#include <model/errors.hpp>

#include <iostream>

namespace fwlearn::cli {

void AuditOptions::add_to(CLI::App& verb) {
    range.add_to(verb);
    verb.add_option("--against", against,
                    "The whitelist, as suggest -o json prints it; else the one in force, else what the "
                    "record suggests")
        ->type_name("FILE")
        ->configurable();
    verb.add_option("--state", state, "Where the whitelist in force is kept")
        ->capture_default_str()
        ->type_name("DIR");
    verb.add_option("--decisions", decisions,
                    std::string("What was decided about the whitelist, else ") + DecisionsFile::default_path)
        ->type_name("FILE")
        ->configurable();
}

std::vector<model::Rule> AuditOptions::rules(Context& context) const {
    if (!against.empty()) {
        return read_rules_file(against);
    }
    const auto in_force = state / "whitelist.json";
    std::error_code error;
    const auto status = std::filesystem::symlink_status(in_force, error);
    if (std::filesystem::exists(status)) {
        return read_rules_file(in_force);
    }
    if (status.type() != std::filesystem::file_type::not_found) {
        throw model::SystemError("cannot look whether a whitelist is in force in " +
                                     model::for_terminal(model::ForeignText(state.string())) +
                                     " (root can; or give --against)",
                                 error.value());
    }
    const analyzer::SuggestOptions options{.decisions = DecisionsFile(decisions).read()};
    const auto record = read_record(context.database);
    if (!context.quiet) { // once nothing is refused any more
        context.err << "fwlearn: no whitelist is in force in "
                    << model::for_terminal(model::ForeignText(state.string()))
                    << ": auditing against what the record suggests now\n"
                    << std::flush;
    }
    return analyzer::suggest(record, options).rules;
}

} // namespace fwlearn::cli
