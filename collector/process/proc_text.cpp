#include "proc_text.hpp"

#include <model/number.hpp>

#include <algorithm>

namespace fwlearn::collector::process {
namespace {

/// Up to the end or the next `delimiter`, which goes as well.
std::string_view take_until(std::string_view& text, char delimiter) {
    const auto taken = text.substr(0, text.find(delimiter));
    text.remove_prefix(std::min(taken.size() + 1, text.size()));
    return taken;
}

std::string_view without_line_end(std::string_view text) {
    return text.substr(0, text.find('\n'));
}

/// The rest of the line that begins so.
std::optional<std::string_view> line_after(std::string_view text, std::string_view begin) {
    while (!text.empty()) {
        const auto line = take_until(text, '\n');
        if (line.starts_with(begin)) {
            return line.substr(begin.size());
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<ProcStat> stat_in(std::string_view text) {
    constexpr int parent_field = 4;
    constexpr int started_field = 22;
    const auto open = text.find('(');
    const auto close = text.rfind(") ");
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
        return std::nullopt;
    }
    auto left = without_line_end(text.substr(close + 2));
    std::optional<std::uint32_t> parent;
    std::optional<std::uint64_t> started;
    for (int field = 3; field <= started_field; ++field) {
        const auto value = take_until(left, ' ');
        if (field == parent_field) {
            parent = model::parse_integer<std::uint32_t>(value);
        } else if (field == started_field) {
            started = model::parse_integer<std::uint64_t>(value);
        }
    }
    if (!parent || !started) {
        return std::nullopt;
    }
    return ProcStat{std::string(text.substr(open + 1, close - open - 1)), *parent, *started};
}

std::optional<std::uint32_t> effective_id_in(std::string_view status, std::string_view label) {
    auto ids = line_after(status, std::string(label) + ":\t");
    if (!ids) {
        return std::nullopt;
    }
    take_until(*ids, '\t');
    return model::parse_integer<std::uint32_t>(take_until(*ids, '\t'));
}

std::string_view unified_cgroup_in(std::string_view cgroups) {
    return line_after(cgroups, "0::").value_or(std::string_view());
}

} // namespace fwlearn::collector::process
