#include "hostile_record.hpp"

#include <model/foreign_text.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn;

namespace {

std::vector<std::string> killers_and_random_bytes() {
    auto texts = tests::known_killers();
    std::mt19937_64 random(3);
    for (std::size_t index = 0; index < tests::string_count(); ++index) {
        texts.push_back(tests::random_bytes(random));
    }
    return texts;
}

unsigned from_hex(char digit) {
    return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'A' + 10);
}

/// The bytes that an encoder's output stands for; `introducer` is what precedes two hexadecimal digits.
std::string decoded(std::string_view text, std::string_view introducer) {
    std::string bytes;
    while (!text.empty()) {
        if (text.starts_with("\\\\")) {
            bytes += '\\';
            text.remove_prefix(2);
        } else if (text.starts_with(introducer)) {
            REQUIRE(text.size() >= introducer.size() + 2);
            bytes += static_cast<char>(from_hex(text[introducer.size()]) * 16 +
                                       from_hex(text[introducer.size() + 1]));
            text.remove_prefix(introducer.size() + 2);
        } else {
            bytes += text.front();
            text.remove_prefix(1);
        }
    }
    return bytes;
}

} // namespace

TEST_CASE("what a terminal gets is printable, and tells every byte that went in") {
    for (const auto& text : killers_and_random_bytes()) {
        const auto shown = model::for_terminal(model::ForeignText(text));
        REQUIRE(
            std::all_of(shown.begin(), shown.end(), [](char byte) { return byte >= 0x20 && byte < 0x7f; }));
        REQUIRE(decoded(shown, "\\x") == text);
    }
}

TEST_CASE("what a comment gets is harmless, fits, and tells every byte that it had room for") {
    constexpr std::string_view harmless =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@:+-%";
    std::size_t cut = 0;
    for (const auto& text : killers_and_random_bytes()) {
        for (const std::size_t limit : {127U, 114U, 8U, 3U, 0U}) {
            const auto comment = model::for_rule_comment(model::ForeignText(text), limit);
            REQUIRE(comment.size() <= limit);
            REQUIRE(comment.find_first_not_of(harmless) == std::string::npos);
            const bool whole = decoded(comment, "%") == text;
            if (!whole) {
                constexpr std::size_t dots = 3;
                REQUIRE(text.size() * 3 > limit);
                if (limit >= dots) {
                    REQUIRE(comment.ends_with("..."));
                    const auto begin =
                        decoded(std::string_view(comment).substr(0, comment.size() - dots), "%");
                    REQUIRE(text.starts_with(begin));
                }
                ++cut;
            }
        }
    }
    CHECK(cut > tests::string_count());
}
