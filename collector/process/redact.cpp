#include "collector/process/redact.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace fwlearn::collector::process {
namespace {

constexpr std::string_view hidden = "***";

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char byte) { return static_cast<char>(std::tolower(byte)); });
    return result;
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// The name of an option, a variable, a header or a query parameter that holds a secret. Names of files with
/// secrets are none.
bool is_secret_name(std::string_view name) {
    constexpr std::array<std::string_view, 18> words{
        "pass",          "pwd",        "secret",    "token",       "apikey",     "api-key",
        "api_key",       "credential", "auth",      "private-key", "cookie",     "session",
        "authorization", "bearer",     "signature", "accesskey",   "access-key", "access_key"};
    constexpr std::array<std::string_view, 3> short_words{"pw", "sig", "key"};
    constexpr std::array<std::string_view, 8> harmless{"file",   "path",    "dir",    "prompt",
                                                       "author", "passive", "bypass", "passthrough"};
    const auto text = lower(name);
    if (std::any_of(harmless.begin(), harmless.end(), [&](auto word) { return contains(text, word); }) &&
        !contains(text, "authori")) {
        return false;
    }
    return std::any_of(words.begin(), words.end(), [&](auto word) { return contains(text, word); }) ||
           std::find(short_words.begin(), short_words.end(), text) != short_words.end();
}

std::string_view without_dashes(std::string_view option) {
    option.remove_prefix(std::min(option.find_first_not_of('-'), option.size()));
    return option;
}

/// `https://user:secret@host` and `user:secret@host`: what is before the @ of a URL's authority.
void hide_user_info(std::string& text) {
    for (auto at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
        const auto begin = at + 3;
        const auto end = std::min(text.find_first_of("/?#", begin), text.size());
        const auto sign = text.rfind('@', end);
        if (sign != std::string::npos && sign >= begin && sign < end) {
            text.replace(begin, sign - begin, hidden);
        }
    }
}

/// `name=value` with a secret's name, wherever it begins: in a variable, a query, a list.
void hide_values(std::string& text) {
    constexpr std::string_view ends = "&;,'\" \t\n)}";
    for (auto equals = text.find_first_of("=:"); equals != std::string::npos;
         equals = text.find_first_of("=:", equals + 1)) {
        const auto name_end = equals;
        auto begin = text.find_last_of("?&;,'\" \t\n({/", name_end == 0 ? 0 : name_end - 1);
        begin = begin == std::string::npos || begin >= name_end ? 0 : begin + 1;
        if (!is_secret_name(without_dashes(std::string_view(text).substr(begin, name_end - begin)))) {
            continue;
        }
        auto value = equals + 1;
        const bool header = text[equals] == ':';
        if (header && text.compare(value, 2, "//") == 0) {
            continue; // a URL's scheme
        }
        char quote = 0;
        while (value < text.size() &&
               (text[value] == '\'' || text[value] == '"' || (header && text[value] == ' '))) {
            quote = text[value++];
        }
        // A header's value goes on to its end ("Authorization: Basic dXNlcjpw"), a quoted one to its quote.
        const auto value_end = header       ? text.size()
                               : quote != 0 ? std::min(text.find(quote, value), text.size())
                                            : std::min(text.find_first_of(ends, value), text.size());
        text.replace(value, value_end - value, hidden);
        equals = value + hidden.size() - 1;
    }
}

bool looks_random(std::string_view word) {
    constexpr std::array<std::string_view, 10> prefixes{"AKIA",        "ASIA",   "ghp_",  "gho_",  "ghs_",
                                                        "github_pat_", "glpat-", "xoxb-", "xoxp-", "eyJ"};
    constexpr std::size_t long_enough = 32;
    if (word.size() >= 12 && std::any_of(prefixes.begin(), prefixes.end(),
                                         [&](auto prefix) { return word.starts_with(prefix); })) {
        return true;
    }
    if (word.size() < long_enough) {
        return false;
    }
    const auto of_token = [](unsigned char byte) {
        return std::isalnum(byte) != 0 || byte == '+' || byte == '/' || byte == '=' || byte == '_' ||
               byte == '-';
    };
    const auto digits =
        std::count_if(word.begin(), word.end(), [](unsigned char byte) { return std::isdigit(byte); });
    // Paths have slashes early and few digits.
    return std::all_of(word.begin(), word.end(), of_token) && digits >= 4 && word.front() != '/' &&
           std::count(word.begin(), word.end(), '/') <= static_cast<std::ptrdiff_t>(word.size() / 16) &&
           word.find("--") == std::string_view::npos && word.front() != '-';
}

void hide_random_words(std::string& text) {
    constexpr std::string_view between = " \t\n'\",;:=@?&()[]{}<>";
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto end = std::min(text.find_first_of(between, begin), text.size());
        if (looks_random(std::string_view(text).substr(begin, end - begin))) {
            text.replace(begin, end - begin, hidden);
            begin += hidden.size() + 1;
        } else {
            begin = end + 1;
        }
    }
}

std::string basename(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

/// Programs whose -p takes a password in the same argument.
bool takes_short_password(std::string_view program) {
    constexpr std::array<std::string_view, 7> known{"mysql",        "mysqldump", "mysqladmin",   "mariadb",
                                                    "mariadb-dump", "sshpass",   "mariadb-admin"};
    return std::find(known.begin(), known.end(), program) != known.end();
}

/// The argument after this one is a secret.
bool announces_secret(std::string_view program, std::string_view argument) {
    if (argument.size() < 2 || argument.front() != '-' || contains(argument, "=")) {
        return false;
    }
    if (argument == "-p" && (program == "sshpass" || program == "docker" || program == "podman")) {
        return true;
    }
    return (argument.starts_with("--") || argument.size() > 3) && is_secret_name(without_dashes(argument));
}

/// `user:secret` of curl -u keeps the user.
std::string hide_after_colon(std::string text) {
    const auto colon = text.find(':');
    if (colon != std::string::npos) {
        text.replace(colon + 1, std::string::npos, hidden);
    }
    return text;
}

/// One word of a command line after the other, whether they came as arguments or within that of `sh -c`.
class Words {
  public:
    std::string next(std::string text) {
        const bool secret = std::exchange(secret_follows_, false);
        const bool user = std::exchange(user_follows_, false);
        if (inside_quote_ != 0) { // of a secret with blanks in it
            const auto end = text.find(inside_quote_);
            inside_quote_ = end == std::string::npos ? inside_quote_ : '\0';
            return end == std::string::npos ? std::string() : text.substr(end + 1);
        }
        const auto name = basename(text);
        if (first_ || takes_short_password(name) || name == "curl" || name == "wget" || name == "sshpass") {
            program_ = name;
        }
        first_ = false;
        if (secret && !text.starts_with("-")) {
            if (!text.empty() && (text.front() == '\'' || text.front() == '"') &&
                text.find(text.front(), 1) == std::string::npos) {
                inside_quote_ = text.front();
            }
            return std::string(hidden);
        }
        const bool curl = program_ == "curl" || program_ == "wget";
        secret_follows_ = announces_secret(program_, text);
        user_follows_ = curl && (text == "-u" || text == "--user" || text == "-U" || text == "--proxy-user");
        if (user || (curl && text.starts_with("-u") && text.size() > 2)) {
            return hide_after_colon(text);
        }
        if (takes_short_password(program_) && text.starts_with("-p") && text.size() > 2) {
            return "-p" + std::string(hidden);
        }
        return text;
    }

  private:
    std::string program_;
    bool first_ = true;
    bool secret_follows_ = false;
    bool user_follows_ = false;
    char inside_quote_ = '\0';
};

/// "Bearer x" and "Basic x", as in the Authorization header.
std::string without_credentials(std::string text) {
    const auto plain = lower(text);
    for (const std::string_view scheme : {"bearer ", "basic "}) {
        if (const auto at = plain.find(scheme); at != std::string::npos && at + scheme.size() < text.size()) {
            text.replace(at + scheme.size(), std::string::npos, hidden);
            break;
        }
    }
    return text;
}

/// An argument with blanks in it may be a command line of its own.
std::string words_within(std::string text) {
    if (text.find(' ') == std::string::npos) {
        return text;
    }
    Words words;
    std::string result;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const auto end = std::min(text.find(' ', begin), text.size());
        result += (begin == 0 ? "" : " ") + words.next(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return result;
}

} // namespace

model::ForeignText redacted_command_line(const std::vector<model::ForeignText>& arguments,
                                         std::size_t limit) {
    constexpr std::string_view cut = "...";
    std::string line;
    Words words;
    for (std::size_t i = 0; i < arguments.size() && line.size() <= limit; ++i) {
        auto text = words.next(arguments[i].raw_bytes());
        hide_user_info(text);
        hide_values(text);
        text = words_within(without_credentials(std::move(text)));
        hide_random_words(text);
        line += (i == 0 ? "" : " ") + text;
    }
    if (line.size() > limit) {
        line.resize(limit > cut.size() ? limit - cut.size() : 0);
        line += cut.substr(0, std::min(limit, cut.size()));
    }
    return model::ForeignText(line);
}

} // namespace fwlearn::collector::process
