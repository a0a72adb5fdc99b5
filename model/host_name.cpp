#include "model/host_name.hpp"

#include "model/ascii.hpp"

#include <algorithm>

namespace fwlearn::model {
namespace {

constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_name = 253;

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= longest_label && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [](char byte) {
               return is_lower_case(byte) || is_digit(byte) || byte == '-' || byte == '_';
           });
}

/// inet_aton(3) takes hexadecimal too.
bool is_number(std::string_view label) {
    const auto hexadecimal = label.substr(0, 2) == "0x";
    const auto rest = hexadecimal ? label.substr(2) : label;
    return std::all_of(rest.begin(), rest.end(), [hexadecimal](char byte) {
        return is_digit(byte) || (hexadecimal && byte >= 'a' && byte <= 'f');
    });
}

} // namespace

std::optional<std::string> host_name(std::string_view text) {
    if (text.ends_with('.')) {
        text.remove_suffix(1);
    }
    if (text.empty() || text.size() > longest_name) {
        return std::nullopt;
    }
    auto name = lower_case(text);
    std::string_view rest = name;
    for (;;) {
        const auto dot = rest.find('.');
        const auto label = rest.substr(0, dot);
        if (!is_label(label)) {
            return std::nullopt;
        }
        if (dot == std::string_view::npos) {
            return is_number(label) ? std::nullopt : std::optional(std::move(name));
        }
        rest.remove_prefix(dot + 1);
    }
}

} // namespace fwlearn::model
