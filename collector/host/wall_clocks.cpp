#include "wall_clocks.hpp"

#include "settings/host_files.hpp"
#include "settings/text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace fwlearn::collector::host {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::string_view folder = "/usr/share/zoneinfo/";

/// Big-endian, as TZif has all numbers.
std::int64_t number_at(std::string_view data, std::size_t at, std::size_t size) {
    std::uint64_t value = (static_cast<unsigned char>(data[at]) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < size; ++i) {
        value = value << 8U | static_cast<unsigned char>(data[at + i]);
    }
    return static_cast<std::int64_t>(value);
}

/// What the wall clock is ahead of UTC, from when on.
struct Zone {
    seconds first{0}; ///< before all changes
    std::vector<std::pair<sys_seconds, seconds>> changes;

    [[nodiscard]] seconds offset(sys_seconds time) const {
        const auto after =
            std::upper_bound(changes.begin(), changes.end(), time,
                             [](sys_seconds one, const auto& change) { return one < change.first; });
        return after == changes.begin() ? first : std::prev(after)->second;
    }
};

/// RFC 8536: a header and data with times of 32 bits, then the same with 64. Debian's tzdata lists changes
/// until 2037.
std::optional<Zone> zone_in(std::string_view data) {
    constexpr std::size_t header = 44;
    std::size_t begin = 0;
    for (const std::size_t width : {std::size_t{4}, std::size_t{8}}) {
        if (data.size() < begin + header || data.substr(begin, 4) != "TZif") {
            return std::nullopt;
        }
        std::size_t counts[6]; // NOLINT: of one header
        std::size_t at = begin + 20;
        for (auto& count : counts) {
            count = static_cast<std::size_t>(number_at(data, at, 4)) & 0xffffffU;
            at += 4;
        }
        const auto [universal, standard, leaps, times, types, letters] = counts;
        const auto end = begin + header + times * (width + 1) + types * 6 + letters + leaps * (width + 4) +
                         standard + universal;
        if (data.size() < end || types == 0) {
            return std::nullopt;
        }
        if (width == 8) {
            const auto kinds = begin + header + times * width;
            const auto offset_of = [&](std::size_t type) {
                return seconds(number_at(data, kinds + times + std::min(type, types - 1) * 6, 4));
            };
            Zone zone{offset_of(0), {}};
            for (std::size_t i = 0; i < times; ++i) {
                zone.changes.emplace_back(
                    sys_seconds(seconds(number_at(data, begin + header + i * width, width))),
                    offset_of(static_cast<unsigned char>(data[kinds + i])));
            }
            return zone;
        }
        begin = end;
    }
    return std::nullopt;
}

} // namespace

struct WallClocks::Zones {
    explicit Zones(const std::filesystem::path& root) : files(root) {
        const auto link = files.link("/etc/localtime").value_or(std::string());
        const auto at = link.find("zoneinfo/");
        const auto named = files.read("/etc/timezone").value_or(std::string());
        host = at != std::string::npos ? link.substr(at + 9) : std::string(settings::trimmed(named));
        if (host.empty()) {
            host = "UTC";
        }
    }
    const std::optional<Zone>& find(const std::string& name) {
        const auto known = zones.find(name);
        if (known != zones.end()) {
            return known->second;
        }
        const bool is_name = !name.empty() && name.front() != '/' && name.find("..") == std::string::npos;
        auto data = is_name ? files.read(std::string(folder) + name) : std::nullopt;
        return zones.emplace(name, data ? zone_in(*data) : std::nullopt).first->second;
    }

    settings::HostFiles files;
    std::string host;
    std::map<std::string, std::optional<Zone>> zones;
};

WallClocks::WallClocks(std::filesystem::path root) : zones_(std::make_unique<Zones>(root)) {}

WallClocks::~WallClocks() = default;

const std::string& WallClocks::host_zone() const {
    return zones_->host;
}

bool WallClocks::is_known(const std::string& zone) const {
    return zones_->find(zone).has_value();
}

LocalSecond WallClocks::local(model::Timestamp time, const std::string& zone) const {
    const auto whole = std::chrono::floor<seconds>(time);
    const auto& found = zones_->find(zone);
    return LocalSecond(whole.time_since_epoch() + (found ? found->offset(whole) : seconds(0)));
}

model::Timestamp WallClocks::instant(LocalSecond local, const std::string& zone) const {
    const auto& found = zones_->find(zone);
    if (!found) {
        return sys_seconds(local.time_since_epoch());
    }
    // The offset before a change makes the first of two, and leads past what is left out.
    constexpr std::chrono::days around(1);
    const sys_seconds as_utc(local.time_since_epoch());
    const auto before = as_utc - found->offset(as_utc - around);
    const auto after = as_utc - found->offset(as_utc + around);
    return before + found->offset(before) == as_utc ? before
           : after + found->offset(after) == as_utc ? after
                                                    : before;
}

NextRun WallClocks::seen_from(const std::string& zone, const std::string& own, NextRun runs) const {
    const auto from = own.empty() ? host_zone() : own;
    if (from == zone) {
        return runs;
    }
    return [this, zone, from, runs = std::move(runs)](LocalSecond after) -> std::optional<LocalSecond> {
        const auto run = runs(local(instant(after, zone), from));
        return run ? std::optional(local(instant(*run, from), zone)) : std::nullopt;
    };
}

} // namespace fwlearn::collector::host
