// Scripts that tell a shell what to complete: one function a shell, one file each. They know nothing of
// fwlearn but the words that they are given. Private to this room; called by completion, and by tests.
#pragma once

#include "completion_words.hpp"

namespace fwlearn::cli {

std::string bash_completion(const CompletionWords& words);
std::string zsh_completion(const CompletionWords& words);
std::string fish_completion(const CompletionWords& words);

/// In single quotes of a POSIX shell, of which bash and zsh are.
std::string shell_quoted(const std::string& text);

} // namespace fwlearn::cli
