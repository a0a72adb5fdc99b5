#include "model/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace fwlearn::model {
namespace {

/// The words in the order of their enumerators.
template <typename Enum>
struct Words;

template <>
struct Words<TaskKind> {
    static constexpr std::string_view list[] = {"unknown", "service",   "timer", "cron",
                                                "session", "container", "kernel"};
};
template <>
struct Words<Attribution> {
    static constexpr std::string_view list[] = {"unknown", "inferred", "exact"};
};
template <>
struct Words<OwnerKind> {
    static constexpr std::string_view list[] = {"unknown", "kernel", "user"};
};
template <>
struct Words<ObservationSource> {
    static constexpr std::string_view list[] = {"kernel", "zeek", "jsonl"};
};
template <>
struct Words<GapReason> {
    static constexpr std::string_view list[] = {"not running",
                                                "NFLOG overrun",
                                                "conntrack events overrun",
                                                "flow table full",
                                                "malformed input",
                                                "simulated drops",
                                                "conntrack table full",
                                                "conntrack insert failed",
                                                "senders not filed",
                                                "packets not read",
                                                "not tracked"};
};
template <>
struct Words<BindingSource> {
    static constexpr std::string_view list[] = {"configuration", "http host", "tls sni", "dns of the host",
                                                "dns of the process"};
};
template <>
struct Words<AttributionMeans> {
    static constexpr std::string_view list[] = {"none", "sockets", "bpf", "hooks"};
};
template <>
struct Words<SelectorKind> {
    static constexpr std::string_view list[] = {"any", "kernel", "uid", "unit"};
};

template <>
struct Words<ConfiguredKind> {
    static constexpr std::string_view list[] = {"dns", "apt", "ntp", "mail", "syslog", "acme", "hosts"};
};

template <>
struct Words<DecisionAction> {
    static constexpr std::string_view list[] = {"allow", "deny", "widen", "rename", "comment"};
};
template <>
struct Words<FlagKind> {
    static constexpr std::string_view list[] = {
        "home", "unpackaged", "kernel thread's name", "upgraded", "shell below service", "beacon", "one run"};
};

template <>
struct Words<FlowVerdict> {
    static constexpr std::string_view list[] = {"accepted", "denied", "shadowed"};
};
template <>
struct Words<ScheduleKind> {
    static constexpr std::string_view list[] = {"timer", "user timer", "cron", "run-parts", "anacron", "at"};
};
template <>
struct Words<ScheduleState> {
    static constexpr std::string_view list[] = {"enabled", "at boot", "disabled"};
};

template <typename Enum>
std::string_view word_of(Enum value) {
    const auto index = static_cast<std::size_t>(value);
    return index < std::size(Words<Enum>::list) ? Words<Enum>::list[index] : std::string_view("unknown");
}

} // namespace

std::string_view to_word(TaskKind kind) {
    return word_of(kind);
}
std::string_view to_word(Attribution attribution) {
    return word_of(attribution);
}
std::string_view to_word(OwnerKind kind) {
    return word_of(kind);
}
std::string_view to_word(ObservationSource source) {
    return word_of(source);
}
std::string_view to_word(GapReason reason) {
    return word_of(reason);
}
std::string_view to_word(BindingSource source) {
    return word_of(source);
}
std::string_view to_word(AttributionMeans means) {
    return word_of(means);
}
std::string_view to_word(SelectorKind kind) {
    return word_of(kind);
}
std::string_view to_word(ConfiguredKind kind) {
    return word_of(kind);
}
std::string_view to_word(FlagKind kind) {
    return word_of(kind);
}

std::string_view to_word(FlowVerdict verdict) {
    return word_of(verdict);
}

std::string_view to_word(ScheduleKind kind) {
    return word_of(kind);
}
std::string_view to_word(ScheduleState state) {
    return word_of(state);
}

std::string_view to_word(DecisionAction action) {
    return word_of(action);
}

template <typename Enum>
std::optional<Enum> from_word(std::string_view word) {
    const auto* const begin = std::begin(Words<Enum>::list);
    const auto* const end = std::end(Words<Enum>::list);
    const auto* const found = std::find(begin, end, word);
    return found == end ? std::nullopt : std::optional(static_cast<Enum>(found - begin));
}

template std::optional<TaskKind> from_word(std::string_view);
template std::optional<Attribution> from_word(std::string_view);
template std::optional<OwnerKind> from_word(std::string_view);
template std::optional<ObservationSource> from_word(std::string_view);
template std::optional<GapReason> from_word(std::string_view);
template std::optional<BindingSource> from_word(std::string_view);
template std::optional<AttributionMeans> from_word(std::string_view);
template std::optional<SelectorKind> from_word(std::string_view);
template std::optional<ConfiguredKind> from_word(std::string_view);
template std::optional<DecisionAction> from_word(std::string_view);
template std::optional<FlagKind> from_word(std::string_view);
template std::optional<FlowVerdict> from_word(std::string_view);
template std::optional<ScheduleKind> from_word(std::string_view);
template std::optional<ScheduleState> from_word(std::string_view);

} // namespace fwlearn::model
