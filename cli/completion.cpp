#include "completion_scripts.hpp"
#include "context.hpp"

#include <map>

namespace fwlearn::cli {
namespace {

using Script = std::string (*)(const CompletionWords&);

const std::map<std::string, Script> shells{
    {"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};

} // namespace

void add_completion(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("completion", "Print what makes a shell complete fwlearn's command line");
    auto shell = std::make_shared<std::string>();
    verb->add_option("SHELL", *shell, "Which one")->required()->check(CLI::IsMember(shells))->type_name("");
    verb->callback([&app, &context, shell] {
        context.verb = [&app, &context, shell] {
            context.out << shells.at(*shell)(completion_words(app));
            return static_cast<int>(done);
        };
    });
}

} // namespace fwlearn::cli
