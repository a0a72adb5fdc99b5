#include "selectors.hpp"

#include <model/ascii.hpp>

#include <algorithm>
#include <set>
#include <string_view>

namespace fwlearn::analyzer {
namespace {

/// A set's comment, which keeps the path for those who fill the set, has 128 octets with its NUL.
constexpr std::size_t longest_path = 127;

/// systemd.unit(5): "ASCII characters, digits, ":", "-", "_", ".", and "\"", and "@" before an instance.
bool is_of_unit_names(std::string_view component) {
    return !component.empty() && std::all_of(component.begin(), component.end(), [](char byte) {
        return model::is_letter_or_digit(byte) ||
               std::string_view(":-_.\\@").find(byte) != std::string_view::npos;
    });
}

/// systemd's range for DynamicUser= (systemd.exec(5)): such a number may be another's after a restart.
bool is_dynamic(std::uint32_t uid) {
    constexpr std::uint32_t first = 61184;
    constexpr std::uint32_t last = 65519;
    return uid >= first && uid <= last;
}

} // namespace

std::optional<model::Selector> lasting_unit(const model::ForeignText& cgroup) {
    std::string_view path = cgroup.raw_bytes();
    if (path.empty() || path.front() != '/') {
        return std::nullopt;
    }
    path.remove_prefix(1);
    for (std::size_t begin = 0; begin < path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto component = path.substr(begin, end - begin);
        if (!is_of_unit_names(component)) {
            return std::nullopt;
        }
        if (component.ends_with(".service")) {
            // systemd-run(1) calls what it starts run-u12.service or run-r0f...service. A user's manager
            // decides by itself what it starts, and its units cannot be given drop-ins by the system's.
            if (component.starts_with("run-") || component.starts_with("user@") ||
                path.starts_with("machine.slice/")) {
                return std::nullopt;
            }
            const model::ForeignText whole(path.substr(0, end));
            if (model::for_rule_comment(whole, 2 * longest_path).size() > longest_path) {
                return std::nullopt;
            }
            return model::Selector{model::SelectorKind::unit, 0, model::ForeignText(component), whole, {}};
        }
        if (!component.ends_with(".slice")) {
            return std::nullopt;
        }
        begin = end + 1;
    }
    return std::nullopt;
}

Selectors::Selectors(const model::Record& record, SelectorMode mode) : record_(record), mode_(mode) {
    std::map<model::Selector, std::uint32_t> numbers;
    for (std::size_t id = 0; id < record.identities.processes(); ++id) {
        units_.push_back(lasting_unit(record.identities.process(static_cast<model::ProcessId>(id)).cgroup));
        unit_numbers_.push_back(
            units_.back() ? numbers.try_emplace(*units_.back(), numbers.size() + 1).first->second : 0);
    }
    find_shared_users();
    std::map<Sender, model::Selector> chosen;
    for (const auto& flow : record.flows) {
        const auto sender = sender_of(flow.key);
        if (!chosen.contains(sender)) {
            chosen.emplace(sender, choose(flow.key));
        }
    }
    for (const auto& [sender, selector] : chosen) {
        all_.push_back(selector);
    }
    std::sort(all_.begin(), all_.end());
    all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
    for (const auto& [sender, selector] : chosen) {
        of_sender_[sender] =
            static_cast<std::uint32_t>(std::lower_bound(all_.begin(), all_.end(), selector) - all_.begin());
    }
}

const std::optional<model::Selector>& Selectors::unit_of(const model::FlowKey& key) const {
    // The kernel means the cgroup in which the socket was made.
    const auto maker = key.creator != model::ProcessId::unknown ? key.creator : key.process;
    return units_.at(static_cast<std::size_t>(maker));
}

Selectors::Sender Selectors::sender_of(const model::FlowKey& key) const {
    const auto maker = key.creator != model::ProcessId::unknown ? key.creator : key.process;
    return {key.owner.kind, key.owner.uid, unit_numbers_.at(static_cast<std::size_t>(maker))};
}

/// A user is a service's own where one unit has him, or one program in several units.
void Selectors::find_shared_users() {
    std::map<std::uint32_t, std::set<model::Selector>> units;
    std::map<std::uint32_t, std::set<model::ForeignText>> programs;
    for (const auto& flow : record_.flows) {
        const auto& unit = unit_of(flow.key);
        // Who was denied does not make a user one of several units.
        if (flow.key.owner.kind != model::OwnerKind::user || !unit ||
            flow.key.verdict != model::FlowVerdict::accepted) {
            continue;
        }
        const auto& process = record_.identities.process(flow.key.process);
        units[flow.key.owner.uid].insert(*unit);
        programs[flow.key.owner.uid].insert(process.script.empty() ? process.exe : process.script);
    }
    for (const auto& [uid, of_user] : units) {
        if (of_user.size() > 1 && programs[uid].size() > 1) {
            shared_.insert(uid);
        }
    }
}

model::Selector Selectors::choose(const model::FlowKey& key) const {
    using model::SelectorKind;
    if (mode_ == SelectorMode::any || key.owner.kind == model::OwnerKind::unknown) {
        return {SelectorKind::any, 0, {}, {}, {}};
    }
    if (key.owner.kind == model::OwnerKind::kernel) {
        return {SelectorKind::kernel, 0, {}, {}, {}};
    }
    const auto uid = key.owner.uid;
    const auto& unit = unit_of(key);
    const bool by_unit =
        mode_ == SelectorMode::unit ||
        (mode_ == SelectorMode::automatic && (uid == 0 || is_dynamic(uid) || shared_.contains(uid)));
    if (by_unit && unit) {
        return *unit;
    }
    return {SelectorKind::uid, uid, {}, {}, record_.identities.user(uid)};
}

std::uint32_t Selectors::of(const model::FlowKey& key) const {
    return of_sender_.at(sender_of(key));
}

} // namespace fwlearn::analyzer
