#include "context.hpp"
#include "rules_file.hpp"
#include "whitelist_options.hpp"

#include <analyzer/render/difference.hpp>
#include <model/errors.hpp>

#include <cerrno>
#include <fstream>
#include <iostream>

namespace fwlearn::cli {
namespace {

struct Options {
    std::string before;
    std::string after;
    WhitelistOptions whitelist;
    bool json = false;
};

constexpr std::string_view sqlite_magic{"SQLite format 3\0", 16}; // sqlite.org/fileformat2.html, 1.3

std::string shown(const std::string& path) {
    return model::for_terminal(model::ForeignText(path));
}

/// Of a whitelist that was printed as JSON, or of what a record suggests.
std::vector<model::Rule> rules_of(const std::string& path, const WhitelistOptions& options) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string beginning(sqlite_magic.size(), '\0');
    if (!file.read(beginning.data(), static_cast<std::streamsize>(beginning.size())) && !file.eof()) {
        throw model::SystemError("cannot read " + shown(path), errno);
    }
    beginning.resize(static_cast<std::size_t>(file.gcount()));
    if (beginning == sqlite_magic) {
        return analyzer::suggest(options.read(path), options.parse()).rules;
    }
    return read_rules(file, beginning, path);
}

int diff(const Options& options, Context& context) {
    const auto before = rules_of(options.before, options.whitelist); // what is wrong with it is said first
    const auto after = rules_of(options.after, options.whitelist);
    const auto changes = analyzer::difference(before, after);
    for (const auto& change : changes) {
        context.out << (options.json ? analyzer::difference_to_json(change)
                                     : analyzer::render_difference(change))
                    << '\n';
    }
    return changes.empty() ? done : findings;
}

} // namespace

void add_diff(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("diff", "Compare two whitelists, or what two records suggest");
    auto options = std::make_shared<Options>();
    const auto* what = "A record, or what suggest -o json printed";
    verb->add_option("BEFORE", options->before, what)->required()->type_name("FILE");
    verb->add_option("AFTER", options->after, what)->required()->type_name("FILE");
    verb->add_flag("--json", options->json, "JSON Lines, one change a line");
    options->whitelist.add_to(*verb);
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return diff(*options, context); }; });
}

} // namespace fwlearn::cli
