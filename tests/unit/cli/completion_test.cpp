// What shells are told to complete. That they do is for tests/completion to ask them.
#include "workplace.hpp"

#include <model/errors.hpp>

#include <app_options.hpp>
#include <completion_scripts.hpp>

#include <algorithm>
#include <set>

using namespace fwlearn;
using namespace fwlearn::tests;
using Path = cli::CompletionArgument::Path;

namespace {

cli::CompletionWords words_of_fwlearn() {
    CLI::App app;
    std::ostringstream nowhere;
    cli::Context context{.configuration = {}, .out = nowhere, .err = nowhere, .verb = {}};
    cli::add_options(app, context);
    return cli::completion_words(app);
}

const cli::CompletionVerb& verb_of(const cli::CompletionWords& words, const std::string& name) {
    const auto found = std::find_if(words.verbs.begin(), words.verbs.end(),
                                    [&](const auto& verb) { return verb.name == name; });
    REQUIRE(found != words.verbs.end());
    return *found;
}

const cli::CompletionOption& option_of(const std::vector<cli::CompletionOption>& options,
                                       const std::string& name) {
    const auto found = std::find_if(options.begin(), options.end(), [&](const auto& option) {
        return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
    });
    REQUIRE(found != options.end());
    return *found;
}

} // namespace

TEST_CASE("the words that an option takes, and whether it takes a path, are read from the application") {
    const auto words = words_of_fwlearn();
    const auto& output = option_of(verb_of(words, "suggest").options, "-o");
    CHECK(output.names == std::vector<std::string>{"-o", "--output"});
    CHECK(std::set<std::string>(output.argument.words.begin(), output.argument.words.end()).contains("nft"));
    CHECK(output.argument.path == Path::none);
    CHECK(option_of(words.global, "--db").argument.path == Path::file);
    CHECK(option_of(words.global, "--color").argument.words.size() == 3);
    CHECK(option_of(words.global, "-q").is_flag);
    CHECK(option_of(verb_of(words, "confirm").options, "--state").argument.path == Path::directory);
    const auto& existing = option_of(verb_of(words, "suggest").options, "--existing").argument;
    CHECK(existing.path == Path::file);
    CHECK(existing.words == std::vector<std::string>{"live", "none"});
    CHECK(option_of(verb_of(words, "import").options, "--local").argument.repeated);
    CHECK_FALSE(option_of(verb_of(words, "import").options, "--format").argument.repeated);
}

TEST_CASE("of positional arguments files are completed, and what is listed") {
    const auto words = words_of_fwlearn();
    for (const auto* verb : {"apply", "backtest", "import"}) {
        CAPTURE(verb);
        REQUIRE(verb_of(words, verb).positionals.size() == 1);
        CHECK(verb_of(words, verb).positionals.front().path == Path::file);
    }
    REQUIRE(verb_of(words, "diff").positionals.size() == 2);
    CHECK(verb_of(words, "diff").positionals.back().path == Path::file);
    CHECK(verb_of(words, "diff").positionals.back().name == "AFTER");
    CHECK(verb_of(words, "explain").positionals.front().path == Path::none);
    CHECK(verb_of(words, "import").positionals.front().repeated);
    CHECK(verb_of(words, "completion").positionals.front().words ==
          std::vector<std::string>{"bash", "fish", "zsh"});
}

TEST_CASE("no description leaves its quotes") {
    cli::CompletionWords words;
    words.help = {{"--help"}, "it's $(help)\nand `more`", true, {}};
    words.verbs = {{"go", "to: 'a\\b'", {{{"-x"}, "[x]: it's \\", true, {}}}, {}}};
    const auto bash = cli::bash_completion(words);
    CHECK(bash.find("$(help)") == std::string::npos); // it shows none
    const auto zsh = cli::zsh_completion(words);
    CHECK(zsh.find(R"('(--help)--help[it'\''s $(help) and `more`]')") != std::string::npos);
    CHECK(zsh.find(R"('go:to\: '\''a\\b'\''')") != std::string::npos);
    CHECK(zsh.find(R"('(-x)-x[\[x\]\: it'\''s \\]')") != std::string::npos);
    const auto fish = cli::fish_completion(words);
    CHECK(fish.find(R"(-l help -d 'it\'s $(help) and `more`')") != std::string::npos);
    CHECK(fish.find(R"(-a go -d 'to: \'a\\b\'')") != std::string::npos);
    CHECK(fish.find(R"(-s x -d '[x]: it\'s \\')") != std::string::npos);
}

TEST_CASE("a word that a shell would not take as it is, is refused") {
    CLI::App app;
    std::string value;
    app.add_subcommand("go")->add_option("--to", value)->check(CLI::IsMember({"here", "$(there)"}));
    CHECK_THROWS_AS((void)cli::completion_words(app), model::Error);
}
