#include "completion_words.hpp"

#include <model/ascii.hpp>
#include <model/errors.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>

namespace fwlearn::cli {
namespace {

/// Words stand in the scripts where shells would expand them, and are completed as they are.
const std::string& plain(const std::string& word) {
    const auto is_plain = [](char byte) {
        return model::is_letter_or_digit(byte) || byte == '-' || byte == '_' || byte == '.';
    };
    if (word.empty() || !std::all_of(word.begin(), word.end(), is_plain)) {
        throw model::Error("cannot be completed: '" + word + "'");
    }
    return word;
}

/// CLI11 has them as "FORMAT:{nft,iptables}".
std::vector<std::string> words_in(const std::string& kind) {
    std::vector<std::string> words;
    const auto begin = kind.find(":{");
    const auto end = kind.find('}', begin);
    if (begin == std::string::npos || end == std::string::npos) {
        return words;
    }
    std::istringstream listed(kind.substr(begin + 2, end - begin - 2));
    for (std::string word; std::getline(listed, word, ',');) {
        words.push_back(plain(word));
    }
    return words;
}

CompletionArgument argument_of(const CLI::Option& option) {
    const auto kind = option.get_type_name();
    CompletionArgument argument;
    const auto position = option.get_positional() ? option.get_name(true) : std::string();
    const auto said = kind.substr(0, kind.find(':'));
    const auto& type = said.empty() ? position : said;
    argument.name = position.empty() ? type : position;
    argument.words = words_in(kind);
    if (type == "FILE") {
        argument.path = CompletionArgument::Path::file;
    } else if (type == "DIR") {
        argument.path = CompletionArgument::Path::directory;
    }
    argument.repeated = option.get_items_expected_max() > 1 ||
                        option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
    return argument;
}

CompletionOption option_of(const CLI::Option& option) {
    CompletionOption one;
    for (const auto& name : option.get_snames()) {
        one.names.push_back("-" + plain(name));
    }
    for (const auto& name : option.get_lnames()) {
        one.names.push_back("--" + plain(name));
    }
    one.description = option.get_description();
    one.is_flag = option.get_items_expected_max() == 0;
    if (!one.is_flag) {
        one.argument = argument_of(option);
    }
    return one;
}

/// What --help does not show is not completed either.
bool is_shown(const CLI::Option* option) {
    return !option->get_group().empty();
}

CompletionVerb verb_of(const CLI::App& app) {
    CompletionVerb verb{plain(app.get_name()), app.get_description(), {}, {}};
    for (const auto* option : app.get_options(is_shown)) {
        if (option->nonpositional()) {
            verb.options.push_back(option_of(*option));
        } else {
            verb.positionals.push_back(argument_of(*option));
        }
    }
    return verb;
}

/// `fwlearn help [VERB]`, which app.cpp reads, and CLI11 knows nothing of.
CompletionVerb help_verb(const CompletionWords& all) {
    CompletionArgument one{"VERB", {}};
    for (const auto& verb : all.verbs) {
        one.words.push_back(verb.name);
    }
    return {"help", "What a verb is for, and its options", {all.help}, {one}};
}

} // namespace

CompletionWords completion_words(const CLI::App& app) {
    CompletionWords all;
    for (auto& option : verb_of(app).options) {
        const bool helps =
            std::find(option.names.begin(), option.names.end(), "--help") != option.names.end();
        if (helps) {
            all.help = std::move(option);
        } else {
            all.global.push_back(std::move(option));
        }
    }
    for (const auto* verb :
         app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) {
        all.verbs.push_back(verb_of(*verb));
    }
    all.verbs.push_back(help_verb(all));
    return all;
}

} // namespace fwlearn::cli
