#include "wall_clocks.hpp"

#include "settings/text.hpp"

#include <date/tz.h>

#include <map>
#include <stdexcept>

namespace fwlearn::collector::host {
namespace {

using std::chrono::seconds;

/// The zone that a link into a tree of zones names: .../zoneinfo/Europe/Berlin. localtime(5) has it so.
std::string zone_of_link(const std::string& target) {
    constexpr std::string_view tree = "/zoneinfo/";
    const auto begin = target.find(tree);
    return begin == std::string::npos ? std::string() : target.substr(begin + tree.size());
}

/// Nothing where the zone library has none of this name, which may be anybody's words.
const date::time_zone* located(const std::string& name) {
    if (name.empty()) {
        return nullptr;
    }
    try {
        return date::locate_zone(name);
    } catch (const std::runtime_error&) {
        return nullptr;
    }
}

} // namespace

/// What was found is kept by the library; what was not is looked for once.
struct WallClocks::Zones {
    std::string host;
    std::map<std::string, const date::time_zone*> known;

    const date::time_zone* of(const std::string& name) {
        const auto [position, unknown] = known.try_emplace(name, nullptr);
        if (unknown) {
            position->second = located(name);
        }
        return position->second;
    }
};

WallClocks::WallClocks(settings::HostFiles& files) : zones_(std::make_unique<Zones>()) {
    const auto link = files.link("/etc/localtime").value_or(std::string());
    const auto text = files.read("/etc/timezone").value_or(std::string()); // Debian's own word for it
    for (auto name : {zone_of_link(link), std::string(settings::before(text, " \t\r\n"))}) {
        if (zones_->of(name) != nullptr) {
            zones_->host = std::move(name);
            return;
        }
    }
    zones_->host = "UTC";
}

WallClocks::~WallClocks() = default;

const std::string& WallClocks::host_zone() const {
    return zones_->host;
}

bool WallClocks::is_known(const std::string& zone) const {
    return zones_->of(zone) != nullptr;
}

LocalSecond WallClocks::local(model::Timestamp time, const std::string& zone) const {
    const auto instant = std::chrono::floor<seconds>(time);
    const auto* const found = zones_->of(zone);
    const auto offset = found == nullptr ? seconds(0) : found->get_info(instant).offset;
    return LocalSecond(instant.time_since_epoch() + offset);
}

model::Timestamp WallClocks::instant(LocalSecond local, const std::string& zone) const {
    const date::local_seconds there(local.time_since_epoch());
    const auto* const found = zones_->of(zone);
    return found == nullptr ? model::Timestamp(local.time_since_epoch())
                            : model::Timestamp(found->to_sys(there, date::choose::earliest));
}

NextRun WallClocks::seen_from(const std::string& zone, const std::string& own, NextRun runs) const {
    const auto& written_in = own.empty() ? host_zone() : own;
    if (written_in == zone) {
        return runs;
    }
    return [this, zone, written_in, runs = std::move(runs)](LocalSecond after) -> std::optional<LocalSecond> {
        const auto next = runs(local(instant(after, zone), written_in));
        return next ? std::optional(local(instant(*next, written_in), zone)) : std::nullopt;
    };
}

} // namespace fwlearn::collector::host
