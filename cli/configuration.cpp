#include "configuration.hpp"

#include "configuration_files.hpp"
#include "toml_document.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace fwlearn::cli {
namespace {

/// An option means the same on every verb that has it, so its key stands in one table: that of the first of
/// these verbs that has it.
struct Table {
    std::string_view name;
    const char* verb;
};
constexpr std::array<Table, 4> tables{
    {{"whitelist", "suggest"}, {"observe", "observe"}, {"apply", "apply"}, {"audit", "audit"}}};

/// Those that keep the host's rules in force, or take them back, need nothing of what stands in the files: a
/// mistake in one must not stop them. Nothing of [apply] is needed at boot, and nothing at all for
/// completion, which builds run.
constexpr std::array<std::string_view, 4> steadfast{"rollback", "confirm", "refresh", "completion"};

CLI::Option* configurable_option(CLI::App& verb, const std::string& key) {
    auto* const option = verb.get_option_no_throw("--" + key);
    return option != nullptr && option->get_configurable() ? option : nullptr;
}

/// Empty, and the whole application, for what stands above all tables.
std::optional<std::pair<std::string, CLI::Option*>> owner_of(CLI::App& app, const std::string& key) {
    if (auto* const option = configurable_option(app, key)) {
        return std::pair(std::string(), option);
    }
    for (const auto& [name, verb] : tables) {
        if (auto* const option = configurable_option(*app.get_subcommand(verb), key)) {
            return std::pair(std::string(name), option);
        }
    }
    return std::nullopt;
}

std::string in_table(const std::string& table) {
    return table.empty() ? "above all tables" : "in [" + model::for_terminal(model::ForeignText(table)) + "]";
}

[[noreturn]] void refuse(const std::string& place, const std::string& why) {
    throw model::UsageError(place + ": " + why);
}

CLI::Option& option_of(CLI::App& app, const Setting& setting) {
    const bool known =
        setting.table.empty() || std::any_of(tables.begin(), tables.end(),
                                             [&](const Table& table) { return table.name == setting.table; });
    if (!known) {
        refuse(setting.key_place,
               "there is no table " + in_quotes(setting.table) + " (fwlearn.toml(5) has all)");
    }
    const auto owner = owner_of(app, setting.key);
    if (!owner) {
        refuse(setting.key_place, "there is no key " + in_quotes(setting.key) + " " +
                                      in_table(setting.table) + " (fwlearn.toml(5) has all)");
    }
    if (owner->first != setting.table) {
        refuse(setting.key_place, in_quotes(setting.key) + " stands " + in_table(owner->first) +
                                      ", and not " + in_table(setting.table));
    }
    return *owner->second;
}

/// As it would stand on the command line.
std::string words_of(const CLI::Option& option, const Setting& setting) {
    const auto wants = [&](bool right, const char* what) {
        if (right) {
            return;
        }
        refuse(setting.value_place, in_quotes(setting.key) + " takes " + what);
    };
    const auto kind = option.get_type_name();
    if (option.get_items_expected_max() == 0) {
        const auto* const truth = std::get_if<bool>(&setting.value);
        wants(truth != nullptr, "true or false");
        return *truth ? "true" : "false";
    }
    if (kind == "N" || kind.starts_with("N:")) {
        const auto* const number = std::get_if<std::int64_t>(&setting.value);
        wants(number != nullptr, "a whole number");
        return std::to_string(*number);
    }
    const auto* const text = std::get_if<std::string>(&setting.value);
    wants(text != nullptr, "a text in quotes");
    // Units run in /, people elsewhere: what depends on that is not meant.
    wants(kind != "FILE" || text->front() == '/', "a path that begins with /");
    return *text;
}

/// Runs the option's own checks, as the command line does.
void give(CLI::Option& option, const std::string& words, const Setting& setting) {
    try {
        option.clear();
        option.add_result(words);
        option.run_callback();
    } catch (const CLI::ValidationError& error) {
        std::string why = error.what();
        const auto name = option.get_name() + ": ";
        why.erase(0, why.starts_with(name) ? name.size() : 0);
        refuse(setting.value_place,
               in_quotes(setting.key) + ": " + model::for_terminal(model::ForeignText(why)));
    } catch (const CLI::ParseError&) {
        refuse(setting.value_place, in_quotes(words) + " is no value for " + in_quotes(setting.key));
    }
}

bool needs_configuration(const CLI::App& verb) {
    const auto* const at_boot = verb.get_option_no_throw("--at-boot");
    const bool boots = verb.get_name() == "apply" && at_boot != nullptr && at_boot->count() > 0;
    return !boots && std::find(steadfast.begin(), steadfast.end(), verb.get_name()) == steadfast.end();
}

} // namespace

void add_configuration(CLI::App& app, Context& context) {
    app.option_defaults()->configurable(false);
    app.add_option("--config", context.configuration,
                   std::string("Read this in the place of ") + default_configuration +
                       ", and its drop-ins; /dev/null: nothing")
        ->type_name("FILE");
}

void configure(CLI::App& app, const Context& context, const std::filesystem::path& usual) {
    auto& verb = *app.get_subcommands().front();
    const bool named = !context.configuration.empty();
    if (!named && !needs_configuration(verb)) {
        return;
    }
    // What the command line gave is put back when all that the files say has been checked.
    std::map<CLI::Option*, CLI::results_t> given;
    for (const auto& setting : read_configuration(named ? context.configuration : usual, !named)) {
        if (setting.key.empty() && !setting.table.empty()) {
            if (std::none_of(tables.begin(), tables.end(),
                             [&](const Table& table) { return table.name == setting.table; })) {
                option_of(app, setting);
            }
            continue;
        }
        auto& owner = option_of(app, setting);
        const auto words = words_of(owner, setting);
        for (auto* const option : {&owner, configurable_option(verb, setting.key)}) {
            if (option != nullptr) {
                given.try_emplace(option, option->results());
                give(*option, words, setting);
            }
        }
    }
    for (auto& [option, results] : given) {
        if (!results.empty()) {
            option->clear();
            option->add_result(results);
            option->run_callback();
        }
    }
}

std::vector<ConfigurableOption> configurable_options(CLI::App& app) {
    std::vector<ConfigurableOption> found;
    const auto add = [&](const std::string& table, CLI::App& verb) {
        for (const auto* option : verb.get_options()) {
            if (option->get_configurable() && !option->get_lnames().empty()) {
                const auto& key = option->get_lnames().front();
                if (const auto owner = owner_of(app, key); owner && owner->first == table) {
                    found.push_back({table, key, option});
                }
            }
        }
    };
    add({}, app);
    for (const auto& [name, verb] : tables) {
        add(std::string(name), *app.get_subcommand(verb));
    }
    return found;
}

} // namespace fwlearn::cli
