#include "firewall/whitelist_state.hpp"

#include "whitelist_sets.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <nlohmann/json.hpp>

#include <cerrno>

namespace fwlearn::firewall {
namespace {

using Written = WhitelistState::Written;
using Live = WhitelistState::Live;

Live live_of(const Applied& applied) {
    if (is_elsewhere(applied) || !may_administer_network()) {
        return Live::unknown;
    }
    const auto table = read_whitelist_table();
    return !table ? Live::missing : table->canonical == applied.canonical ? Live::as_loaded : Live::changed;
}

WhitelistState read_state(const StateDirectory& directory) {
    WhitelistState state;
    state.taken_back = why_taken_back(directory);
    if (const auto armed = read_applied(directory, armed_file); armed && !is_gone(*armed)) {
        state.written = Written::waiting;
        state.left = std::max(armed->deadline - since_boot(), std::chrono::milliseconds(0));
        state.live = live_of(*armed);
    } else if (const auto confirmed = read_applied(directory, confirmed_file)) {
        state.written = Written::confirmed;
        state.at_boot = confirmed->at_boot;
        state.live = live_of(*confirmed);
    }
    return state;
}

WhitelistState unknown(const std::string& damage) {
    WhitelistState state;
    state.written = Written::unknown;
    state.damage = damage;
    return state;
}

} // namespace

std::string why_taken_back(const StateDirectory& directory) {
    const auto text = directory.read(taken_back_file);
    const auto document = nlohmann::json::parse(text.value_or("null"), nullptr, false);
    const auto reason = document.is_object() ? document.find("reason") : document.end();
    return reason != document.end() && reason->is_string()
               ? model::for_terminal(model::ForeignText(reason->get<std::string>()))
               : std::string();
}

WhitelistState whitelist_state(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (std::filesystem::status(directory, ignored).type() == std::filesystem::file_type::not_found) {
        return {};
    }
    try {
        return read_state(StateDirectory(directory));
    } catch (const model::SystemError& error) {
        const bool refused = error.error_number() == EACCES || error.error_number() == EPERM;
        return unknown(refused ? std::string() : error.what());
    } catch (const std::exception& error) {
        return unknown(error.what());
    }
}

} // namespace fwlearn::firewall
