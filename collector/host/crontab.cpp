#include "crontab.hpp"

#include <model/cron_expression.hpp>
#include <model/number.hpp>

#include <algorithm>
#include <array>
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
        // Of a backslash before % or another backslash only that stays, before another byte both do; seen in
        // the arguments of the shell that Debian's cron 3.0pl1-162 starts.
        if (escaped && text[i + 1] != '%' && text[i + 1] != '\\') {
            command += text[i];
        }
        command += text[escaped ? ++i : i];
    }
    return command;
}

bool begins_a_schedule(std::string_view line, CronProgram program) {
    // A digit, a star or a name of a month or day would do for the first field, which is minutes.
    return (program == CronProgram::cronie && line.front() == '~') || line.front() == '*' ||
           line.front() == '@' || (line.front() >= '0' && line.front() <= '9') || line.front() == '-';
}

struct Variable {
    std::string_view name;
    std::string_view value;
};

/// Takes a word off, or what is between a pair of quotes; nothing where a quote is not closed.
std::optional<std::string_view> take_quoted(std::string_view& rest, std::string_view ends) {
    const char quote = rest.empty() ? '\0' : rest.front();
    if (quote != '"' && quote != '\'') {
        const auto word = rest.substr(0, rest.find_first_of(ends));
        rest.remove_prefix(word.size());
        return word;
    }
    rest.remove_prefix(1);
    const auto end = rest.find(quote);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto word = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return word;
}

/// NAME = VALUE, each in quotes or not (load_env() in env.c of cron): a blank in NAME has to be in quotes.
std::optional<Variable> variable_in(std::string_view line) {
    const auto name = take_quoted(line, " \t=");
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (!name || name->find('=') != std::string_view::npos || !line.starts_with('=')) {
        return std::nullopt;
    }
    line.remove_prefix(1);
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const bool quoted = line.starts_with('"') || line.starts_with('\'');
    const auto value = take_quoted(line, {});
    if (!value || (quoted && line.find_first_not_of(blanks) != std::string_view::npos)) {
        return std::nullopt;
    }
    return Variable{*name, value->substr(0, quoted ? value->size() : value->find_last_not_of(blanks) + 1)};
}

/// Takes the five fields, or the @word, off.
std::string take_schedule(std::string_view& line) {
    const int fields = line.front() == '@' ? 1 : 5;
    std::string when;
    for (int field = 0; field < fields && !line.empty(); ++field) {
        when += when.empty() ? "" : " ";
        when += take_word(line);
    }
    return when;
}

/// cronie's "low~high" is one number between the two, which are the field's first and last where they are
/// left out, and is chosen when the crontab is read (crontab(5) of cronie). Other words stay.
void settle(CrontabLine& line) {
    struct Field {
        unsigned first, last;
        std::chrono::seconds unit;
    };
    using std::chrono::hours;
    using std::chrono::minutes;
    constexpr std::array<Field, 5> fields{{{0, 59, minutes(1)},
                                           {0, 23, hours(1)},
                                           {1, 31, hours(24)},
                                           {1, 12, hours(24 * 31)},
                                           {0, 6, hours(24)}}};
    std::size_t field = 0;
    std::string_view rest = line.when;
    while (!rest.empty()) {
        const auto part = rest.substr(0, rest.find_first_of(" ,"));
        const auto tilde = part.find('~');
        const auto low = model::parse_integer<unsigned>(part.substr(0, tilde));
        const auto high = model::parse_integer<unsigned>(part.substr(std::min(tilde, part.size() - 1) + 1));
        const auto& bounds = fields[std::min(field, fields.size() - 1)];
        const auto from = tilde == 0 ? std::optional(bounds.first) : low;
        const auto to = tilde + 1 == part.size() ? std::optional(bounds.last) : high;
        if (tilde != std::string_view::npos && from && to && *from <= *to && *to <= bounds.last) {
            line.earliest += std::to_string(*from);
            line.chance += (*to - *from) * bounds.unit;
        } else {
            line.earliest += part;
        }
        rest.remove_prefix(part.size());
        if (!rest.empty()) {
            field += rest.front() == ' ' ? 1 : 0;
            line.earliest += rest.front();
            rest.remove_prefix(1);
        }
    }
}

/// Whether cron takes the job (load_entry() in entry.c); a user who is not there it would not, but a
/// directory service may have him.
bool is_taken(const std::string& when, std::string_view rest, bool of_user) {
    constexpr std::size_t too_long = 999; // MAX_COMMAND - 1
    return model::CronExpression::parse(when) && rest.size() < too_long &&
           !(of_user && rest.starts_with('*'));
}

} // namespace

Crontab read_crontab(const std::string& text, const model::ForeignText& file,
                     const std::optional<model::ForeignText>& user, CronProgram program) {
    const bool is_cronie = program == CronProgram::cronie;
    Crontab crontab;
    std::string zone;
    std::size_t begin = 0;
    for (std::uint32_t number = 1; begin < text.size(); ++number) {
        const auto end = std::min(text.find('\n', begin), text.size());
        std::string_view line = std::string_view(text).substr(begin, end - begin);
        begin = end + 1;
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const bool has_end = end != text.size();
        crontab.refused = crontab.refused || !has_end;
        if (const auto variable = variable_in(line)) {
            if (variable->name == "CRON_TZ") {
                zone = variable->value;
            }
            continue;
        }
        if (!begins_a_schedule(line, program)) {
            crontab.refused = true;
            continue;
        }
        CrontabLine entry;
        entry.when = take_schedule(line);
        entry.zone = zone;
        const auto owner = user ? *user : model::ForeignText(take_word(line));
        if (line.empty() || owner.empty()) {
            crontab.refused = true;
            continue;
        }
        if (is_cronie) {
            settle(entry);
        } else {
            entry.earliest = entry.when;
        }
        const bool taken = is_taken(entry.earliest, line, user.has_value());
        crontab.refused = crontab.refused || !taken;
        entry.taken = !is_cronie || (taken && has_end);
        entry.job = {file, number, owner, {}, model::ForeignText(command_of(line))};
        crontab.lines.push_back(std::move(entry));
    }
    crontab.refused = crontab.refused && !is_cronie;
    return crontab;
}

} // namespace fwlearn::collector::host
