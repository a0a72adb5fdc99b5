#include "http_host.hpp"

#include <model/ascii.hpp>
#include <model/host_name.hpp>

#include <algorithm>
#include <optional>
#include <string_view>

namespace fwlearn::collector::names {
namespace {

using State = SaidName::State;

constexpr std::size_t longest_head = 1U << 14U;
constexpr std::size_t longest_method = 16;

bool is_token(char byte) {
    return model::is_letter(byte) || byte == '-';
}

/// The line without its end (RFC 9112 2.2: a recipient may take a bare LF for it), and `text` moved behind
/// it. Nothing where the end is not there yet.
std::optional<std::string_view> next_line(std::string_view& text) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

/// Whether what is there may still become a request line with a target in origin form.
bool may_be_request(std::string_view text) {
    const auto method_end = std::find_if_not(text.begin(), text.end(), is_token);
    const auto method = static_cast<std::size_t>(method_end - text.begin());
    if (method > longest_method) {
        return false;
    }
    return method_end == text.end() || (method > 0 && *method_end == ' ');
}

/// uri-host [ ":" port ] (RFC 9110 7.2).
std::string host_of(std::string_view value) {
    const auto from = value.find_first_not_of(" \t");
    const auto to = value.find_last_not_of(" \t");
    if (from == std::string_view::npos) {
        return {};
    }
    value = value.substr(from, to - from + 1);
    const auto colon = value.find(':');
    if (colon != std::string_view::npos) {
        const auto port = value.substr(colon + 1);
        if (!std::all_of(port.begin(), port.end(), [](char byte) { return byte >= '0' && byte <= '9'; })) {
            return {};
        }
        value = value.substr(0, colon);
    }
    return model::host_name(value).value_or(std::string());
}

/// RFC 9110 5.5: dangerous, and no part of any field.
bool has_nul(std::string_view line) {
    return line.find('\0') != std::string_view::npos;
}

enum class Target : std::uint8_t { here, proxy, none };

/// What the request line asks for: a path of this server's, or something of a proxy.
Target target_of(std::string_view line) {
    const auto method = line.find(' ');
    const auto version = line.rfind(' ');
    if (method == std::string_view::npos || version == method ||
        !line.substr(version + 1).starts_with("HTTP/1.")) {
        return Target::none;
    }
    const auto target = line.substr(method + 1, version - method - 1);
    if (line.substr(0, method) == "CONNECT" || (!target.starts_with('/') && target != "*")) {
        return Target::proxy;
    }
    return Target::here;
}

} // namespace

SaidName http_host(std::span<const std::uint8_t> stream) {
    std::string_view text(reinterpret_cast<const char*>(stream.data()), stream.size()); // NOLINT: octets
    if (!may_be_request(text)) {
        return SaidName::of_foreign();
    }
    const bool too_long = text.size() > longest_head;
    text = text.substr(0, longest_head);
    const auto unfinished = [too_long] {
        return too_long ? SaidName::of_foreign() : SaidName::of_incomplete();
    };
    const auto request = next_line(text);
    if (!request) {
        return unfinished();
    }
    const auto target = target_of(*request);
    if (target == Target::none || has_nul(*request)) {
        return SaidName::of_foreign();
    }
    std::optional<std::string> host;
    for (;;) {
        const auto line = next_line(text);
        if (!line) {
            return unfinished();
        }
        if (line->empty()) {
            break;
        }
        const auto colon = line->find(':');
        if (colon == std::string_view::npos || line->front() == ' ' || line->front() == '\t' ||
            has_nul(*line)) {
            return SaidName::of_foreign();
        }
        if (model::equal_ignoring_case(line->substr(0, colon), "host")) {
            if (host) { // RFC 9112 3.2: a request with two is refused
                return SaidName::of_foreign();
            }
            host = host_of(line->substr(colon + 1));
        }
    }
    return {State::complete, target == Target::here ? host.value_or(std::string()) : std::string(), false};
}

} // namespace fwlearn::collector::names
