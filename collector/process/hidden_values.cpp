#include "hidden_values.hpp"

#include "secret_words.hpp"

#include <model/ascii.hpp>

#include <algorithm>
#include <array>

namespace fwlearn::collector::process {
namespace {

constexpr std::string_view blanks_and_quotes = " \t\n\r\f\v'\"";

bool is_of_name(char byte) {
    return model::is_letter_or_digit(byte) || std::string_view("_-.%").find(byte) != std::string_view::npos;
}

bool is_quote(char byte) {
    return byte == '\'' || byte == '"';
}

/// What ends an unquoted value, by what is before its name.
std::string_view ends_after(char before) {
    switch (before) {
    case '?':
    case '&':
    case '#':
        return "&# \t\n\r\f\v'\"";
    case '{':
    case '[':
    case ',':
        return ",}] \t\n\r\f\v'\"";
    case ';':
        return ";& \t\n\r\f\v'\"";
    default:
        return blanks_and_quotes;
    }
}

/// Behind the last byte of the value that begins in `quote` at `begin`.
std::size_t end_of_quoted(std::string_view text, std::size_t begin, char quote) {
    while (begin < text.size() && text[begin] != quote) {
        begin += text[begin] == '\\' ? 2 : 1;
    }
    return std::min(begin, text.size());
}

/// Where the value of the name that ends at `sign` (= or :) begins; nowhere where it is a word of its own.
std::size_t begin_of_value(std::string_view text, std::size_t sign) {
    const auto next = std::min(text.find_first_not_of(" \t\n", sign + 1), text.size());
    if (next == text.size() || (next > sign + 1 && (text[sign] == '=' || !is_quote(text[next]))) ||
        text.substr(sign).starts_with("://")) {
        return std::string_view::npos;
    }
    return next;
}

std::string_view slice(std::string_view text, std::size_t begin, std::size_t end) {
    return text.substr(begin, end - begin);
}

/// How much of a URL's authority, which begins `rest`, is before the host.
std::size_t user_info_in(std::string_view rest) {
    const auto path = std::min(rest.find_first_of("/?#"), rest.size());
    const auto authority = rest.substr(0, path);
    if (const auto sign = authority.rfind('@'); sign != std::string_view::npos) {
        return sign;
    }
    // No port begins with a letter: a password with a bare slash in it.
    const auto colon = authority.find(':');
    const bool port =
        colon == std::string_view::npos || authority.starts_with('[') ||
        (colon + 1 < authority.size() && authority[colon + 1] >= '0' && authority[colon + 1] <= '9' &&
         authority.find_first_not_of("0123456789", colon + 1) == std::string_view::npos);
    const auto sign = rest.rfind('@');
    return port || sign == std::string_view::npos ? 0 : sign;
}

/// bob:secret@host, and no image:tag@digest, mailto:bob@host or host:/path@x.
std::string without_bare_user_info(std::string_view text) {
    constexpr std::array<std::string_view, 4> addresses{"mailto", "sip", "xmpp", "acct"};
    const auto colon =
        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(),
                                                  [](char byte) { return is_of_name(byte) || byte == '+'; }) -
                                 text.begin());
    const auto sign = text.rfind('@');
    if (colon == 0 || colon == text.size() || text[colon] != ':' || sign == std::string_view::npos ||
        sign < colon + 2 || sign + 1 == text.size() || text[colon + 1] == '/' ||
        text.substr(sign + 1).starts_with("sha256:") ||
        std::find(addresses.begin(), addresses.end(), text.substr(0, colon)) != addresses.end()) {
        return std::string(text);
    }
    return std::string(text.substr(0, colon + 1)) + std::string(hidden) + std::string(text.substr(sign));
}

} // namespace

std::string without_named_values(std::string_view text) {
    std::string result;
    std::size_t copied = 0;
    std::size_t name = 0; // where the run of a name's bytes began that ends before i
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_of_name(text[i])) {
            continue;
        }
        const auto name_end = i;
        auto sign = i;
        if (is_quote(text[i])) { // "name":
            sign = std::min(text.find_first_not_of(" \t\n", i + 1), text.size());
        }
        const bool named = name_end > name && sign < text.size() && (text[sign] == '=' || text[sign] == ':');
        const auto begin = named ? begin_of_value(text, sign) : std::string_view::npos;
        const auto opening = name > 0 && is_quote(text[name - 1]) ? name - 1 : name;
        if (begin == std::string_view::npos ||
            !is_secret(secret_name(slice(text, name, name_end)), text.substr(begin))) {
            name = i + 1;
            continue;
        }
        const bool in_quotes = is_quote(text[begin]);
        const auto value = in_quotes ? begin + 1 : begin;
        const auto end =
            in_quotes ? end_of_quoted(text, value, text[begin])
                      : std::min(text.find_first_of(ends_after(opening > 0 ? text[opening - 1] : ' '), value),
                                 text.size());
        result.append(slice(text, copied, value)).append(hidden);
        copied = end;
        i = in_quotes ? end : std::max(end, i + 1) - 1;
        name = i + 1;
    }
    return result.append(text.substr(std::min(copied, text.size())));
}

std::string without_user_info(std::string_view text) {
    auto at = text.find("://");
    if (at == std::string_view::npos) {
        return without_bare_user_info(text);
    }
    std::string result;
    std::size_t copied = 0;
    while (at != std::string_view::npos) {
        const auto begin = at + 3;
        at = text.find("://", begin);
        const auto rest = slice(text, begin, std::min(at, text.size()));
        const auto length = user_info_in(rest.substr(0, rest.find_first_of(blanks_and_quotes)));
        if (length > 0) {
            result.append(slice(text, copied, begin)).append(hidden);
            copied = begin + length;
        }
    }
    return result.append(text.substr(copied));
}

std::string without_keys(std::string_view text) {
    const bool url = text.find("://") != std::string_view::npos; // its path is no file's
    const auto ends_word = [&](char byte) {
        return !is_of_name(byte) && byte != '+' && (byte != '/' || url);
    };
    std::string result;
    for (auto begin = text.begin(); begin != text.end();) {
        const auto end = std::find_if(begin, text.end(), ends_word);
        const std::string_view word(begin, end);
        result.append(looks_like_key(word) ? hidden : word);
        begin = end == text.end() ? end : end + 1;
        result.append(end, begin);
    }
    return result;
}

std::string without_password(std::string_view user) {
    const auto sign = user.find_first_of(":%");
    const bool ids =
        user.find_first_not_of("0123456789:") == std::string_view::npos; // docker run --user 1000:1000
    return sign == std::string_view::npos || ids
               ? std::string(user)
               : std::string(user.substr(0, sign + 1)) + std::string(hidden);
}

} // namespace fwlearn::collector::process
