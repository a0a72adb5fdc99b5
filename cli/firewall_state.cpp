#include "firewall_state.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fwlearn::cli {
namespace {

using Written = firewall::WhitelistState::Written;
using Live = firewall::WhitelistState::Live;

const char* word_of(Written written) {
    switch (written) {
    case Written::none:
        return "none";
    case Written::waiting:
        return "waiting";
    case Written::confirmed:
        return "confirmed";
    case Written::unknown:
        break;
    }
    return "unknown";
}

std::string words_of_waiting(const firewall::WhitelistState& state) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(state.left).count();
    const auto when =
        seconds > 0
            ? fmt::format("it is taken back in {} s unless you do (fwlearn confirm)", seconds)
            : std::string("its time is over, and it is taken back now; if it stays: fwlearn rollback");
    const auto* const but = state.live == Live::missing   ? "; the table is NOT there"
                            : state.live == Live::changed ? "; the table was changed by another program"
                                                          : "";
    return fmt::format("a whitelist waits to be confirmed: {}{}", when, but);
}

std::string words_of_confirmed(const firewall::WhitelistState& state) {
    const bool comes_back = state.at_boot != firewall::AtBoot::off;
    const auto* const again = comes_back ? " (fwlearn apply --at-boot loads it again)" : "";
    switch (state.live) {
    case Live::as_loaded:
        return comes_back
                   ? fmt::format("the confirmed whitelist is in force; if it cannot be loaded at boot: {}",
                                 to_word(state.at_boot))
                   : std::string("the confirmed whitelist is in force; at boot nothing is loaded");
    case Live::changed:
        return fmt::format(
            "the confirmed whitelist is NOT in force: another program has changed the table inet "
            "fwlearn{}",
            again);
    case Live::missing:
        return fmt::format("the confirmed whitelist is NOT in force: there is no table inet fwlearn{}",
                           again);
    case Live::unknown:
        break;
    }
    return "a whitelist is confirmed; whether it is in force cannot be told from here (root can, in its "
           "network namespace)";
}

} // namespace

std::string words_of(const firewall::WhitelistState& state) {
    switch (state.written) {
    case Written::waiting:
        return words_of_waiting(state);
    case Written::confirmed:
        return words_of_confirmed(state);
    case Written::none:
        return state.taken_back.empty()
                   ? std::string("no whitelist is applied")
                   : fmt::format("no whitelist is applied; the last one was taken back ({})",
                                 state.taken_back);
    case Written::unknown:
        break;
    }
    return state.damage.empty() ? std::string("cannot be told: the state folder may not be read (root can)")
                                : "cannot be told: the state folder is damaged: " + state.damage;
}

nlohmann::ordered_json document_of(const firewall::WhitelistState& state) {
    nlohmann::ordered_json document{
        {"state", word_of(state.written)}, {"in_force", nullptr},   {"at_boot", nullptr},
        {"seconds_left", nullptr},         {"taken_back", nullptr}, {"damage", nullptr}};
    if (state.live != Live::unknown) {
        document["in_force"] = state.live == Live::as_loaded;
    }
    if (state.written == Written::confirmed) {
        document["at_boot"] = to_word(state.at_boot);
    }
    if (state.written == Written::waiting) {
        document["seconds_left"] = std::chrono::ceil<std::chrono::seconds>(state.left).count();
    }
    if (!state.taken_back.empty()) {
        document["taken_back"] = state.taken_back;
    }
    if (!state.damage.empty()) {
        document["damage"] = state.damage;
    }
    return document;
}

void add_metrics(Exposition& out, const firewall::WhitelistState& state) {
    if (state.written == Written::unknown) {
        return;
    }
    out.gauge("fwlearn_whitelist_confirmed", "Whether a whitelist was applied and confirmed.");
    out.sample(state.written == Written::confirmed ? 1 : 0);
    out.gauge("fwlearn_whitelist_waiting", "Whether a whitelist was applied and waits to be confirmed.");
    out.sample(state.written == Written::waiting ? 1 : 0);
    if (state.live != Live::unknown) {
        out.gauge("fwlearn_whitelist_in_force", "Whether the kernel has it as it was loaded.");
        out.sample(state.live == Live::as_loaded ? 1 : 0);
    }
}

} // namespace fwlearn::cli
