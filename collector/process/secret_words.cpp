#include "secret_words.hpp"

#include <model/ascii.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace fwlearn::collector::process {
namespace {

template <typename Range, typename Test>
bool any(const Range& range, Test test) {
    return std::any_of(range.begin(), range.end(), test);
}

/// Lower case, and one separator for all: PRIVATE_KEY, private.key and private-key are one.
std::string normalised(std::string_view name) {
    auto text = model::lower_case(name);
    for (auto& byte : text) {
        if (byte == '_' || byte == '.') {
            byte = '-';
        }
    }
    return text;
}

/// Words that hold a telling one by chance.
void take_out_harmless_words(std::string& name) {
    constexpr std::array<std::string_view, 8> words{"authority", "author",    "passive",     "bypass",
                                                    "compass",   "passenger", "passthrough", "pass-through"};
    if (name.find("authoriz") != std::string::npos || name.find("authoris") != std::string::npos) {
        return;
    }
    for (const auto word : words) {
        for (auto at = name.find(word); at != std::string::npos; at = name.find(word, at)) {
            name.erase(at, word.size());
        }
    }
}

/// A piece between two separators of a name that people gave: amd64, 2024, Foo, k8s.
bool is_name_piece(std::string_view piece) {
    constexpr std::size_t short_piece = 4;
    constexpr std::size_t long_piece = 16;
    constexpr std::size_t long_number = 8;
    if (piece.size() <= short_piece) {
        return !any(piece, model::is_upper_case);
    }
    const auto letters = piece.substr(0, piece.find_last_not_of("0123456789") + 1);
    const auto digits = piece.size() - letters.size();
    if (letters.empty()) {
        return digits <= long_number; // a number, a date
    }
    const bool one_case = std::all_of(letters.begin() + 1, letters.end(), model::is_lower_case) ||
                          !any(letters, [](char byte) { return !model::is_upper_case(byte); });
    return one_case && model::is_letter(letters.front()) && letters.size() <= long_piece &&
           digits <= short_piece;
}

/// some-package-amd64-2024-01-01
bool is_composed_name(std::string_view word) {
    while (!word.empty()) {
        const auto end = std::min(word.find_first_of("-_/+="), word.size());
        if (!is_name_piece(word.substr(0, end))) {
            return false;
        }
        word.remove_prefix(std::min(end + 1, word.size()));
    }
    return true;
}

/// Mixed letters and digits, longer than what people call things. `word` has no dots.
bool looks_random(std::string_view word) {
    constexpr std::size_t long_word = 32;
    const auto of_token = [](char byte) {
        return model::is_letter_or_digit(byte) ||
               std::string_view("+/=_-").find(byte) != std::string_view::npos;
    };
    // Of the letters of base64 one in 64 is a slash; a path has more, and a name behind the first.
    const bool path = word.starts_with('/') && is_composed_name(word.substr(1, word.find('/', 1) - 1));
    return word.size() >= long_word && !path && std::all_of(word.begin(), word.end(), of_token) &&
           any(word, model::is_digit) && any(word, model::is_letter) &&
           static_cast<std::size_t>(std::count(word.begin(), word.end(), '/')) <= word.size() / 8 &&
           !is_composed_name(word);
}

} // namespace

SecretName secret_name(std::string_view name) {
    constexpr std::array<std::string_view, 18> words{
        "pass",      "pwd",        "secret",      "token",      "apikey", "api-key",
        "accesskey", "access-key", "private-key", "privatekey", "auth",   "cookie",
        "session",   "credential", "bearer",      "signature",  "psk",    "jwt"};
    constexpr std::array<std::string_view, 2> whole{"sig", "otp"};
    constexpr std::array<std::string_view, 15> harmless_ends{
        "file",  "path",    "dir",     "prompt", "-fd",   "-stdin",  "-env",   "-manager",
        "-type", "-method", "-plugin", "-cache", "-name", "-helper", "-length"};
    constexpr std::array<std::string_view, 5> harmless_begins{"no-", "without-", "disable-", "skip-", "ask-"};
    constexpr std::array<std::string_view, 5> harmless_keys{"public-key", "primary-key", "sort-key",
                                                            "foreign-key", "host-key"};
    constexpr std::size_t longest = 256; // a name, not a text
    name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
    if (name.size() > longest || name == "PWD" || name == "OLDPWD") {
        return SecretName::none;
    }
    auto text = normalised(name);
    take_out_harmless_words(text);
    const auto ends = [&](std::string_view end) { return text.ends_with(end); };
    if (any(harmless_ends, ends) || any(harmless_begins, [&](auto word) { return text.starts_with(word); })) {
        return SecretName::none;
    }
    if (any(words, [&](auto word) { return text.find(word) != std::string::npos; }) ||
        any(whole, [&](auto word) { return text == word; }) || text.ends_with("pw")) {
        return SecretName::secret;
    }
    const bool key = text == "key" || text.ends_with("-key");
    return key && !any(harmless_keys, ends) ? SecretName::key : SecretName::none;
}

bool is_secret(SecretName name, std::string_view value) {
    const bool path = value.starts_with('/') || value.starts_with("./") || value.starts_with("~/");
    return name == SecretName::secret || (name == SecretName::key && !path);
}

bool looks_like_key(std::string_view word) {
    constexpr std::array<std::string_view, 19> prefixes{
        "AKIA",  "ASIA",  "ghp_",  "gho_",  "ghs_",  "ghu_",     "ghr_",     "github_pat_", "glpat-", "xoxa-",
        "xoxb-", "xoxp-", "xoxs-", "xapp-", "pypi-", "sk_live_", "rk_live_", "AIza",        "eyJ"};
    constexpr std::array<std::string_view, 4> common_prefixes{"sk-", "sk_", "hf_", "npm_"}; // of names, too
    constexpr std::size_t long_prefixed = 12;
    const auto undashed = word.substr(std::min(word.find_first_not_of('-'), word.size()));
    const auto begins = [&](std::string_view prefix) { return undashed.starts_with(prefix); };
    if (word.size() >= long_prefixed &&
        (any(prefixes, begins) || (any(common_prefixes, begins) && any(word, model::is_digit)))) {
        return true;
    }
    while (!word.empty()) {
        const auto dot = std::min(word.find('.'), word.size());
        if (looks_random(word.substr(0, dot))) {
            return true;
        }
        word.remove_prefix(std::min(dot + 1, word.size()));
    }
    return false;
}

} // namespace fwlearn::collector::process
