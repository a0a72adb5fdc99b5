#include "suspicion.hpp"

#include "alike_flows.hpp"
#include "beat.hpp"
#include "program_signs.hpp"

#include <model/mixed.hpp>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

using model::FlagKind;

/// What a host does by the clock without a name: leases of DHCP (RFC 2131, RFC 8415).
bool renews_lease(const model::Service& service) {
    constexpr std::uint16_t dhcp = 67;
    constexpr std::uint16_t dhcpv6 = 547;
    return service == model::Service::port(model::protocol::udp, dhcp) ||
           service == model::Service::port(model::protocol::udp, dhcpv6);
}

bool is_absolute(const model::ForeignText& path) {
    return path.raw_bytes().starts_with('/');
}

} // namespace

Suspicion::Suspicion(const model::Record& record)
    : record_(record), lonely_(0, PlaceHash{record.flows}, SamePlace{record.flows}) {
    processes_.reserve(record.identities.processes());
    for (std::size_t id = 0; id < record.identities.processes(); ++id) {
        processes_.push_back(judge(record.identities.process(static_cast<model::ProcessId>(id))));
    }
    for (const auto& setting : record.configured) {
        if (setting.address) {
            configured_.push_back(*setting.address);
        }
    }
    std::sort(configured_.begin(), configured_.end());
    find_beacons();
    find_lonely_places();
}

std::optional<std::string> Suspicion::reason_to_distrust(const model::FlowKey& key) const {
    if (const char* why = words(processes_.at(static_cast<std::size_t>(key.process)).distrust)) {
        return why;
    }
    if (const char* why = words(processes_.at(static_cast<std::size_t>(key.creator)).distrust)) {
        return std::string("of the process that made its socket: ") + why;
    }
    return std::nullopt;
}

std::vector<FlagKind> Suspicion::flags_of(const model::FlowKey& key) const {
    std::vector<FlagKind> flags;
    const bool of_service = record_.identities.task(key.task).kind == model::TaskKind::service;
    for (const auto id : {key.process, key.creator}) {
        const auto& process = processes_.at(static_cast<std::size_t>(id));
        flags.insert(flags.end(), process.flags.begin(), process.flags.end());
        if (of_service && process.shell_below_a_program) {
            flags.push_back(FlagKind::shell_below_service);
        }
    }
    if (std::binary_search(beacons_.begin(), beacons_.end(), Beacon{key.process, key.destination})) {
        flags.push_back(FlagKind::beacon);
    }
    if (lonely_.contains(place_of(key))) {
        flags.push_back(FlagKind::one_run);
    }
    std::sort(flags.begin(), flags.end());
    flags.erase(std::unique(flags.begin(), flags.end()), flags.end());
    return flags;
}

const char* Suspicion::words(Distrust distrust) {
    switch (distrust) {
    case Distrust::no:
        break;
    case Distrust::in_memory:
        return "its program was in memory only, in no file";
    case Distrust::deleted:
        return "its executable was deleted";
    case Distrust::open_executable:
        return "its executable lies where others may write";
    case Distrust::open_script:
        return "its script lies where others may write";
    case Distrust::no_script_file:
        return "its script was read from a descriptor, not from a file";
    case Distrust::place_unknown:
        return "the path of its executable is too long to tell where it lies";
    }
    return nullptr;
}

const model::ProgramFile* Suspicion::file_of(const model::ForeignText& path) const {
    const auto& files = record_.programs;
    const auto found = std::lower_bound(
        files.begin(), files.end(), path,
        [](const model::ProgramFile& file, const model::ForeignText& wanted) { return file.path < wanted; });
    return found == files.end() || found->path != path ? nullptr : &*found;
}

/// Of a deleted executable: whether something was put into its place by who may.
bool Suspicion::is_upgrade(const model::Process& process) const {
    const auto* file = process.contained ? nullptr : file_of(process.exe);
    if (file == nullptr) { // nobody looked, or it is a container's
        return is_in_system_folder(process.exe);
    }
    return !file->writable_by_others && (!file->package.empty() || file->owner == 0U);
}

Suspicion::Distrust Suspicion::distrust_of(const model::Process& process) const {
    const auto is_open = [&](const model::ForeignText& path) {
        const auto* file = process.contained ? nullptr : file_of(path);
        return lies_in_the_open(path) || (file != nullptr && file->writable_by_others);
    };
    if (process.in_memory) {
        return Distrust::in_memory;
    }
    if (!process.exe.empty() && is_open(process.exe)) {
        return Distrust::open_executable;
    }
    if (!process.exe.empty() && !is_absolute(process.exe)) {
        return Distrust::place_unknown;
    }
    if (process.deleted && !is_upgrade(process)) {
        return Distrust::deleted;
    }
    if (!process.script.empty() && is_no_file(process.script)) {
        return Distrust::no_script_file;
    }
    return !process.script.empty() && is_open(process.script) ? Distrust::open_script : Distrust::no;
}

Suspicion::Judgement Suspicion::judge(const model::Process& process) const {
    Judgement judgement;
    judgement.distrust = distrust_of(process);
    for (const auto* path : {&process.exe, &process.script}) {
        if (path->empty() || process.contained || process.in_memory) {
            continue;
        }
        const auto* file = file_of(*path);
        if (file == nullptr ? is_in_home(*path) : file->in_home) {
            judgement.flags.push_back(FlagKind::home);
        }
        // A script by a path from some folder may be anybody's, and so may what was not looked at, as beyond
        // the collector's limit, where others were; but for folders where root alone puts programs.
        const bool overlooked = !record_.programs.empty() && !is_in_system_folder(*path);
        if (file == nullptr ? !is_absolute(*path) || overlooked
                            : file->package.empty() && file->owner != 0U) {
            judgement.flags.push_back(FlagKind::unpackaged);
        }
    }
    if (is_called_like_a_kernel_thread(process)) {
        judgement.flags.push_back(FlagKind::kernel_thread_name);
    }
    if (process.deleted && judgement.distrust == Distrust::no) {
        judgement.flags.push_back(FlagKind::upgraded);
    }
    // A service's first process is systemd's child. Without a unit nobody can say where a service begins, and
    // a scope's processes descend from whoever asked for it (systemd.scope(5)).
    judgement.shell_below_a_program =
        process.unit.raw_bytes().ends_with(".service") && has_shell_below_a_program(process);
    return judgement;
}

bool Suspicion::may_beat(const model::FlowKey& key) const {
    const auto& [service, address] = key.destination;
    if (key.verdict != model::FlowVerdict::accepted || key.overflow || key.name != model::NameId::unknown ||
        key.owner.kind == model::OwnerKind::kernel || address.is_multicast() || address.is_loopback() ||
        renews_lease(service)) {
        return false;
    }
    return !std::binary_search(configured_.begin(), configured_.end(), address); // else a setting says what
}

bool Suspicion::has_name(const Beacon& beacon) const {
    const auto& [process, destination] = beacon;
    const auto bindings = model::bindings_of(record_.names, destination.address);
    return std::any_of(bindings.begin(), bindings.end(),
                       [id = process](const model::NameBinding& binding) { return binding.holds_for(id); });
}

bool Suspicion::beats(std::span<const std::uint32_t> flows) const {
    std::size_t seen = 0;
    for (const auto flow : flows) {
        seen += record_.flows[flow].hours.size();
    }
    if (seen < fewest_hours) { // as nearly all are
        return false;
    }
    std::vector<model::HourCount> hours;
    for (const auto index : flows) {
        const auto& flow = record_.flows[index];
        hours.insert(hours.end(), flow.hours.begin(), flow.hours.end());
    }
    std::sort(hours.begin(), hours.end());
    std::vector<model::HourCount> sums;
    for (const auto& one : hours) {
        if (!sums.empty() && sums.back().hour == one.hour) {
            sums.back().count += one.count;
        } else {
            sums.push_back(one);
        }
    }
    return has_fixed_period(sums);
}

void Suspicion::find_beacons() {
    const auto beacon_of = [this](const model::Flow& flow) {
        return may_beat(flow.key) ? std::optional(Beacon(flow.key.process, flow.key.destination))
                                  : std::nullopt;
    };
    for_each_alike(
        record_.flows, beacon_of, [](const Beacon& beacon) { return hash_of(beacon); },
        [&](std::span<const std::uint32_t> flows) {
            const auto& key = record_.flows[flows.front()].key;
            const Beacon beacon(key.process, key.destination);
            if (beats(flows) && !has_name(beacon)) {
                beacons_.push_back(beacon);
            }
        });
    std::sort(beacons_.begin(), beacons_.end());
}

Suspicion::Place Suspicion::place_of(const model::FlowKey& key) {
    Place place;
    place.service = key.destination.service;
    place.name = key.name;
    if (key.name == model::NameId::unknown) {
        place.address = key.destination.address;
    }
    return place;
}

std::uint64_t Suspicion::hash_of(const Place& place) {
    const auto service = std::uint64_t{place.service.protocol.number} << 16U | place.service.detail;
    return model::mixed(std::hash<model::Address>{}(place.address),
                        service << 32U | static_cast<std::uint64_t>(place.name));
}

std::uint64_t Suspicion::hash_of(const Beacon& beacon) {
    const auto& [process, destination] = beacon;
    // As of a place, of which a name's number is the other part.
    return hash_of(Place{destination.service, static_cast<model::NameId>(process), destination.address});
}

void Suspicion::find_lonely_places() {
    auto first = model::Hour::max();
    auto last = model::Hour::min();
    // What a whitelist denies is no visit, and must not make one of another look less lonely.
    const auto is_visit = [](const model::Flow& flow) {
        return !flow.hours.empty() && !flow.key.overflow && flow.key.verdict == model::FlowVerdict::accepted;
    };
    for (const auto& flow : record_.flows) {
        if (is_visit(flow)) {
            first = std::min(first, flow.hours.front().hour);
            last = std::max(last, flow.hours.back().hour);
        }
    }
    if (first >= last || last - first < std::chrono::days(1)) {
        return; // of a day, everything is seen on one day
    }
    for_each_alike(
        record_.flows,
        [&](const model::Flow& flow) {
            return is_visit(flow) ? std::optional(place_of(flow.key)) : std::nullopt;
        },
        [](const Place& place) { return hash_of(place); },
        [this](std::span<const std::uint32_t> flows) {
            if (is_of_one_run(flows)) {
                lonely_.insert(flows.front());
            }
        });
}

bool Suspicion::is_of_one_run(std::span<const std::uint32_t> flows) const {
    const auto process = record_.flows[flows.front()].key.process;
    auto first = model::Hour::max();
    auto last = model::Hour::min();
    for (const auto index : flows) {
        const auto& flow = record_.flows[index];
        if (flow.key.process != process) {
            return false;
        }
        first = std::min(first, flow.hours.front().hour);
        last = std::max(last, flow.hours.back().hour);
    }
    return last - first <= std::chrono::hours(1);
}

} // namespace fwlearn::analyzer
