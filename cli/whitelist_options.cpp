#include "whitelist_options.hpp"

#include "decisions_file.hpp"
#include "read_record.hpp"

#include <model/errors.hpp>

#include <map>

namespace fwlearn::cli {
namespace {

const std::map<std::string, analyzer::SelectorMode> selectors{
    {"auto", analyzer::SelectorMode::automatic},
    {"uid", analyzer::SelectorMode::uid},
    {"unit", analyzer::SelectorMode::unit},
    {"any", analyzer::SelectorMode::any},
};

const std::map<std::string, analyzer::Widening> widenings{
    {"none", analyzer::Widening::none},
    {"subnet", analyzer::Widening::subnet},
    {"name", analyzer::Widening::name},
    {"port", analyzer::Widening::port},
};

} // namespace

void WhitelistOptions::add_to(CLI::App& verb) {
    verb.add_option("--by", by, "Rules by name, where answers of name servers gave one, or all by address")
        ->check(CLI::IsMember({"name", "address"}))
        ->capture_default_str()
        ->type_name("WHAT")
        ->configurable();
    verb.add_option(
            "--selector", selector,
            "Senders by the unit where the user is not one service's own (auto), or always in one way")
        ->check(CLI::IsMember({"auto", "uid", "unit", "any"}))
        ->capture_default_str()
        ->type_name("WHAT")
        ->configurable();
    verb.add_option("--widen", widening,
                    "Fewer rules, which admit more than was seen within bounds: of subnets, domains, ports")
        ->check(CLI::IsMember({"none", "subnet", "name", "port"}))
        ->capture_default_str()
        ->type_name("WHAT")
        ->configurable();
    verb.add_flag("--include-sessions", include_sessions, "Rules also for what people did in their sessions")
        ->configurable();
    verb.add_option("--decisions", decisions,
                    std::string("What was decided about the whitelist, else ") + DecisionsFile::default_path)
        ->type_name("FILE")
        ->configurable();
    range.add_to(verb);
}

analyzer::SuggestOptions WhitelistOptions::parse() const {
    return with(DecisionsFile(decisions).read());
}

analyzer::SuggestOptions WhitelistOptions::with(std::vector<model::Decision> decided) const {
    return {by == "address", selectors.at(selector), widenings.at(widening), include_sessions,
            std::move(decided)};
}

model::Record WhitelistOptions::read(const std::filesystem::path& database) const {
    auto record = read_record(database, range.parse());
    if (record.flows.empty()) {
        throw model::UsageError("no flow is recorded in " +
                                model::for_terminal(model::ForeignText(database.string())) +
                                " for this time: no whitelist, and no default-deny, can be proposed "
                                "(run fwlearn observe for a week first)");
    }
    return record;
}

} // namespace fwlearn::cli
