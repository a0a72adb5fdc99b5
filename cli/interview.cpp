#include "interview.hpp"

#include <model/errors.hpp>

#include <fmt/format.h>

#include <iostream>

namespace fwlearn::cli {
namespace {

std::string without_blanks(const std::string& text) {
    const auto begin = text.find_first_not_of(" \t\r");
    return begin == std::string::npos ? std::string()
                                      : text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

/// A pipe's width has no end.
unsigned question_width() {
    constexpr unsigned longest = 1000;
    constexpr unsigned usual = 80;
    return terminal_width() < longest ? terminal_width() : usual;
}

} // namespace

Interview::Interview(const std::filesystem::path& decisions, Context& context)
    : context_(context), file_(decisions),
      decisions_(file_.read_to_append()), style_{question_width(), wants_color(context)} {}

void Interview::say(const std::string& line) const {
    context_.out << line << '\n';
}

std::optional<std::string> Interview::ask(const std::string& question) const {
    context_.out << question << ' ' << std::flush;
    std::string answer;
    if (!std::getline(std::cin, answer)) {
        context_.out << '\n';
        return std::nullopt;
    }
    return without_blanks(answer);
}

bool Interview::write(const std::vector<model::Decision>& decisions) {
    try {
        file_.append(decisions);
    } catch (const model::UsageError& error) {
        say(std::string("not written: ") + error.what());
        return false;
    }
    decisions_ = file_.read_to_append();
    decided_ += decisions.size();
    return true;
}

bool Interview::deny(std::vector<model::Decision> decisions) {
    const auto reason = ask("why (may be empty)?");
    if (!reason) {
        return false;
    }
    for (auto& decision : decisions) {
        decision.action = model::DecisionAction::deny;
        decision.text = model::ForeignText(*reason);
    }
    return write(decisions);
}

void Interview::say_result() const {
    say(fmt::format("{} decided, {} left for later", decided_, later_) +
        (decided_ == 0
             ? std::string() // there may be no file
             : "; what was decided is in " + model::for_terminal(model::ForeignText(file_.path().string()))));
}

} // namespace fwlearn::cli
