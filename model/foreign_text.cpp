#include "model/foreign_text.hpp"

#include "model/ascii.hpp"

#include <string_view>

namespace fwlearn::model {
namespace {

void append_hex(std::string& out, std::string_view introducer, unsigned char byte) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    out += introducer;
    out += digits[byte >> 4U];
    out += digits[byte & 0x0fU];
}

bool harmless_in_comment(unsigned char byte) {
    return is_letter_or_digit(static_cast<char>(byte)) ||
           std::string_view("._/@:+-").find(static_cast<char>(byte)) != std::string_view::npos;
}

} // namespace

std::string for_terminal(const ForeignText& text) {
    std::string out;
    out.reserve(text.raw_bytes().size());
    for (const char character : text.raw_bytes()) {
        const auto byte = static_cast<unsigned char>(character);
        if (character == '\\') {
            out += "\\\\";
        } else if (byte >= 0x20 && byte < 0x7f) {
            out += character;
        } else {
            append_hex(out, "\\x", byte);
        }
    }
    return out;
}

std::string for_rule_comment(const ForeignText& text, std::size_t limit) {
    constexpr std::string_view cut = "...";
    std::string out;
    std::size_t last_that_leaves_room = 0;
    for (const char character : text.raw_bytes()) {
        const auto byte = static_cast<unsigned char>(character);
        if (harmless_in_comment(byte)) {
            out += character;
        } else {
            append_hex(out, "%", byte);
        }
        if (out.size() + cut.size() <= limit) {
            last_that_leaves_room = out.size();
        }
        if (out.size() > limit) {
            out.resize(last_that_leaves_room);
            out += cut.substr(0, limit - last_that_leaves_room);
            break;
        }
    }
    return out;
}

namespace {

bool is_word(std::string_view text, std::size_t index) {
    return index < text.size() && is_letter_or_digit(text[index]);
}

/// Where it stands, markup to nobody: "a.b" and "12:30", but not "1.", an item of a list, "www." and
/// "http:", with which links begin.
bool is_text_there(std::string_view text, std::size_t index) {
    const bool within_word = index > 0 && is_word(text, index - 1) && is_word(text, index + 1);
    switch (text[index]) {
    case ',':
    case '/':
        return true;
    case '.':
        return within_word && text[index - 1] != 'w' && text[index - 1] != 'W';
    case ':':
        return within_word && text[index + 1] >= '0' && text[index + 1] <= '9';
    default:
        return false;
    }
}

} // namespace

std::string for_markdown(const ForeignText& text) {
    std::string out;
    const std::string_view bytes = text.raw_bytes();
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        const char character = bytes[index];
        const auto byte = static_cast<unsigned char>(character);
        const bool plain = is_letter_or_digit(character) || is_text_there(bytes, index) ||
                           ((character == ' ' || character == '-') && !out.empty());
        if (plain) {
            out += character;
        } else if (byte > 0x20 && byte < 0x7f) {
            out += '\\';
            out += character;
        } else if (character != ' ') {
            append_hex(out, "\\\\x", byte);
        }
    }
    return out;
}

} // namespace fwlearn::model
