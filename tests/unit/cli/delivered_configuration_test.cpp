// Do packaging/fwlearn.toml and fwlearn.toml(5) say all that can be configured, and what holds without it?
#include "workplace.hpp"

#include <model/errors.hpp>

#include <app_options.hpp>
#include <cli/configuration_toml.hpp>
#include <configuration.hpp>

#include <iterator>
#include <map>
#include <regex>

using namespace fwlearn;
using namespace fwlearn::tests;

namespace {

std::string source_file(const char* name) {
    std::ifstream stream(std::filesystem::path(FWLEARN_SOURCE_DIR) / name, std::ios::binary);
    REQUIRE(stream.is_open());
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// What a setting is commented out by: a lone #; prose has a space after it.
std::string uncommented(const std::string& text) {
    return std::regex_replace(text, std::regex("(^|\n)#([a-z-]+ = |\\[)"), "$1$2");
}

std::string text_of(const cli::Setting& setting) {
    if (const auto* const truth = std::get_if<bool>(&setting.value)) {
        return *truth ? "true" : "false";
    }
    const auto* const number = std::get_if<std::int64_t>(&setting.value);
    return number != nullptr ? std::to_string(*number) : std::get<std::string>(setting.value);
}

/// All that can be configured, with what holds without it; empty where nothing does.
std::map<std::pair<std::string, std::string>, std::string> configurable() {
    CLI::App app;
    std::ostringstream nowhere;
    cli::Context context{.configuration = {}, .out = nowhere, .err = nowhere, .verb = {}};
    cli::add_options(app, context);
    std::map<std::pair<std::string, std::string>, std::string> found;
    for (const auto& [table, key, option] : cli::configurable_options(app)) {
        CHECK(found
                  .try_emplace({table, key},
                               option->get_items_expected_max() == 0 ? "false" : option->get_default_str())
                  .second);
    }
    return found;
}

} // namespace

TEST_CASE("the file as delivered says nothing") {
    CHECK(cli::parse_configuration(source_file("packaging/fwlearn.toml"), "f").empty());
}

TEST_CASE("the delivered file names every option that can be configured, with its default, and no other") {
    const auto wanted = configurable();
    CHECK(wanted.size() >= 15);
    std::map<std::pair<std::string, std::string>, std::string> said;
    for (const auto& setting :
         cli::parse_configuration(uncommented(source_file("packaging/fwlearn.toml")), "f")) {
        if (!setting.key.empty()) {
            said[{setting.table, setting.key}] = text_of(setting);
        }
    }
    for (const auto& [key, value] : wanted) {
        const auto& shown = key;
        CAPTURE(shown.first);
        CAPTURE(shown.second);
        REQUIRE(said.contains(key));
        if (!value.empty()) { // else it is an example
            CHECK(said[key] == value);
        }
        said.erase(key);
    }
    CHECK(said.empty());
}

TEST_CASE("the delivered file is taken as it is, and with all of it uncommented") {
    const Workplace workplace;
    for (const auto& text :
         {source_file("packaging/fwlearn.toml"), uncommented(source_file("packaging/fwlearn.toml"))}) {
        const auto file = workplace.file("fwlearn.toml", text);
        const auto result = run_fwlearn({"--config", file, "observe", "--print-rules"});
        CHECK(result.err.empty());
        CHECK(result.status == 0);
        CHECK(result.out == run_fwlearn({"--config", "/dev/null", "observe", "--print-rules"}).out);
    }
}

TEST_CASE("the manual page has every option that can be configured, below its table") {
    const auto page = std::regex_replace(source_file("docs/man/fwlearn.toml.5"), std::regex(R"(\\-)"), "-");
    for (const auto& [key, value] : configurable()) {
        const auto& shown = key;
        CAPTURE(shown.first);
        CAPTURE(shown.second);
        const auto section =
            page.find(key.first.empty() ? "\n.SH ABOVE ALL TABLES\n" : "\n.SH [" + key.first + "]\n");
        REQUIRE(section != std::string::npos);
        const auto at = page.find("\n.BI " + key.second + " \" = ", section);
        CHECK(at < page.find("\n.SH ", section + 1));
    }
}

TEST_CASE("what keeps rules in force, or takes them back, does not read a configuration that nobody named") {
    const Workplace workplace;
    const auto broken = workplace.file("fwlearn.toml", "nonsense");
    const auto reads = [&](std::vector<std::string> arguments) {
        CLI::App app;
        std::ostringstream nowhere;
        cli::Context context{.configuration = {}, .out = nowhere, .err = nowhere, .verb = {}};
        cli::add_options(app, context);
        std::reverse(arguments.begin(), arguments.end()); // as CLI11 takes them
        app.parse(arguments);
        try {
            cli::configure(app, context, broken);
        } catch (const model::UsageError&) {
            return true;
        }
        return false;
    };
    CHECK_FALSE(reads({"rollback"}));
    CHECK_FALSE(reads({"rollback", "--when-due", "0123"}));
    CHECK_FALSE(reads({"confirm"}));
    CHECK_FALSE(reads({"refresh"}));
    CHECK_FALSE(reads({"apply", "--at-boot"}));
    CHECK(reads({"apply"}));
    CHECK(reads({"observe"}));
    CHECK(reads({"rollback", "--config", broken}));
}
