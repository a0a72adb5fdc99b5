#include "crontab.hpp"

#include <string_view>

namespace fwlearn::collector::host {
namespace {

constexpr std::string_view blanks = " \t";

/// Takes the first word off.
std::string_view take_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    const auto word = rest.substr(0, rest.find_first_of(blanks));
    rest.remove_prefix(word.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    return word;
}

/// Up to the first bare %, which begins the command's standard input (crontab(5)).
std::string command_of(std::string_view text) {
    std::string command;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = text[i] == '\\' && i + 1 < text.size();
        if (!escaped && text[i] == '%') {
            break;
        }
        // Of a backslash before another byte both stay, and a second backslash escapes nothing after it.
        if (escaped && text[i + 1] != '%') {
            command += text[i];
        }
        command += text[escaped ? ++i : i];
    }
    return command;
}

bool begins_a_schedule(std::string_view line) {
    // A digit, a star or a name of a month or day would do for the first field, which is minutes.
    return line.front() == '*' || line.front() == '@' || (line.front() >= '0' && line.front() <= '9') ||
           line.front() == '-';
}

} // namespace

std::vector<CronJob> read_crontab(const std::string& text, const model::ForeignText& file,
                                  const std::optional<model::ForeignText>& user) {
    std::vector<CronJob> jobs;
    std::size_t begin = 0;
    for (std::uint32_t number = 1; begin < text.size(); ++number) {
        const auto end = std::min(text.find('\n', begin), text.size());
        std::string_view line = std::string_view(text).substr(begin, end - begin);
        begin = end + 1;
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        if (line.empty() || !begins_a_schedule(line)) {
            continue;
        }
        const int fields = line.front() == '@' ? 1 : 5;
        for (int field = 0; field < fields; ++field) {
            take_word(line);
        }
        const auto owner = user ? *user : model::ForeignText(take_word(line));
        if (line.empty() || owner.empty()) {
            continue;
        }
        jobs.push_back({file, number, owner, {}, model::ForeignText(command_of(line))});
    }
    return jobs;
}

} // namespace fwlearn::collector::host
