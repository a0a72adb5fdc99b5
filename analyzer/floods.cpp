#include "floods.hpp"

#include "analyzer/flood_lines.hpp"

#include <model/mixed.hpp>
#include <model/vocabulary.hpp>

#include <algorithm>
#include <array>

namespace fwlearn::analyzer {
namespace {

/// Of a number in the upper half and another in the lower one. std::hash is the number itself, of which the
/// table takes the lower bits: then all of an hour's senders had one place.
struct Mixed {
    std::size_t operator()(std::uint64_t key) const {
        return static_cast<std::size_t>(model::mixed(key, key >> 32U));
    }
};

/// More destinations in an hour than a busy mail server or crawler has: those come to thousands in a day or a
/// week. Nobody could read the rules for so many either.
constexpr std::uint64_t flood = 4096;
/// So many of which three in four failed are tried, not used. A few datagrams that nobody answers, as of
/// syslog, are ordinary, and so are the dead hosts among many.
constexpr std::uint64_t scan = 256;

bool is_flood(std::uint64_t destinations) {
    return destinations >= flood;
}
bool is_scan(std::uint64_t destinations, std::uint64_t failed) {
    return failed >= scan && failed >= destinations - destinations / 4;
}

/// What a whitelist denies is left out as that.
bool counts(const model::Flow& flow) {
    return flow.key.verdict == model::FlowVerdict::accepted && !flow.key.destination.address.is_loopback();
}

/// It was tried, and nobody took it.
bool failed(const model::Flow& flow) {
    return flow.counts.answered == 0 && flow.counts.refused + flow.counts.unanswered > 0;
}

/// What is folded is of several destinations, some of which may have answered.
bool is_in_vain(const model::Flow& flow) {
    return failed(flow) && !flow.key.overflow;
}

std::uint64_t begun(const model::Flow& flow) {
    std::uint64_t sum = 0;
    for (const auto& one : flow.hours) {
        sum += one.count;
    }
    return sum;
}

std::string short_words(const model::ForeignText& text) {
    constexpr std::size_t longest = 60;
    return model::for_rule_comment(text, longest);
}

} // namespace

Floods::Floods(const model::Record& record) : record_(record) {
    find_hours();
    if (!floods_.empty()) {
        find_words();
    }
}

bool Floods::is_part(const model::Flow& flow, const Hours& hours) {
    return !flow.hours.empty() &&
           std::ranges::all_of(flow.hours, [&hours](const auto& one) { return hours.contains(one.hour); });
}

std::optional<std::string> Floods::reason_for(const model::Flow& flow) const {
    if (floods_.empty() || !counts(flow)) {
        return std::nullopt;
    }
    const auto found = floods_.find(sender_of(flow.key));
    if (found != floods_.end() && is_part(flow, found->second)) {
        return words_.at(found->first) + "; what belongs here is allowed by a decision (fwlearn review)";
    }
    if (flow.key.owner.kind == model::OwnerKind::unknown && is_part(flow, all_)) {
        return "sender not recorded, while a flood or a scan went on";
    }
    return std::nullopt;
}

std::vector<std::string> Floods::lines() const {
    std::vector<std::string> lines;
    for (const auto& [sender, words] : words_) {
        lines.push_back(words);
    }
    return lines;
}

std::vector<std::string> flood_lines(const model::Record& record) {
    return Floods(record).lines();
}

/// Those who reached so much in all that it may have been too much in some hour. Few are: nobody else's flows
/// need be told apart by the hour.
std::set<Floods::User> Floods::busy_users() const {
    std::map<User, Tally> tallies;
    for (const auto& flow : record_.flows) {
        if (counts(flow)) {
            auto& tally = tallies[user_of(flow.key)];
            tally.destinations += flow.key.overflow ? begun(flow) : 1;
            tally.failed += is_in_vain(flow) ? 1 : 0;
        }
    }
    std::set<User> busy;
    for (const auto& [user, tally] : tallies) {
        if (is_flood(tally.destinations) || tally.failed >= scan) {
            busy.insert(user);
        }
    }
    return busy;
}

void Floods::find_hours() {
    const auto busy = busy_users();
    if (busy.empty()) {
        return;
    }
    // Numbers for senders, since most of a record's flows are of a few.
    std::map<Sender, std::uint32_t> numbers;
    std::vector<Sender> senders;
    tsl::robin_map<std::uint64_t, Tally, Mixed> tallies; // by number and hour
    const auto first_hour = [&] {
        auto first = model::Hour::max();
        for (const auto& flow : record_.flows) {
            first = flow.hours.empty() ? first : std::min(first, flow.hours.front().hour);
        }
        return first;
    }();
    for (const auto& flow : record_.flows) {
        if (!counts(flow) || !busy.contains(user_of(flow.key))) {
            continue;
        }
        const auto sender = sender_of(flow.key);
        const auto [position, fresh] =
            numbers.try_emplace(sender, static_cast<std::uint32_t>(senders.size()));
        if (fresh) {
            senders.push_back(sender);
        }
        const bool in_vain = is_in_vain(flow);
        for (const auto& one : flow.hours) {
            const auto since_first = static_cast<std::uint64_t>((one.hour - first_hour).count());
            auto& tally = tallies[std::uint64_t{position->second} << 32U | since_first];
            // What is folded is of destinations that were not seen before: each flow is of another one.
            tally.destinations += flow.key.overflow ? one.count : 1;
            tally.failed += in_vain ? 1 : 0;
        }
    }
    // One user's senders that are no flood each may be one together: programs without number that reach one
    // destination each.
    struct Together {
        bool any = false;
        std::uint64_t others = 0;
        std::vector<std::pair<std::uint32_t, bool>> senders; ///< by number; whether each is a flood alone
    };
    std::map<std::pair<User, std::uint32_t>, Together> users; // in each hour
    for (const auto& [key, tally] : tallies) {
        const auto number = static_cast<std::uint32_t>(key >> 32U);
        auto& together = users[{senders[number].user, static_cast<std::uint32_t>(key)}];
        const bool alone = is_flood(tally.destinations) || is_scan(tally.destinations, tally.failed);
        together.any |= alone;
        together.others += alone ? 0 : tally.destinations;
        together.senders.emplace_back(number, alone);
    }
    for (const auto& [user, together] : users) {
        const auto hour = first_hour + std::chrono::hours(user.second);
        for (const auto& [number, alone] : together.senders) {
            const auto& sender = senders[number];
            // Of whom the process is not known, nobody can say that he is not the one.
            const bool may_be = together.any && sender.process == model::ProcessId::unknown;
            if (alone || may_be || is_flood(together.others)) {
                const std::array around{hour - std::chrono::hours(1), hour, hour + std::chrono::hours(1)};
                floods_[sender].insert(around.begin(), around.end());
                all_.insert(around.begin(), around.end());
            }
        }
    }
}

void Floods::find_words() {
    struct Sum {
        model::FlowCounts counts;
        std::uint64_t destinations = 0;
        std::uint64_t failed = 0;
        bool folded = false;
        std::set<model::Address> addresses;
        std::set<model::Service> services;
    };
    std::map<Sender, Sum> sums;
    for (const auto& flow : record_.flows) {
        const auto found = counts(flow) ? floods_.find(sender_of(flow.key)) : floods_.end();
        if (found == floods_.end() || !is_part(flow, found->second)) {
            continue;
        }
        auto& sum = sums[found->first];
        sum.counts += flow.counts;
        sum.services.insert(flow.key.destination.service);
        if (flow.key.overflow) {
            sum.folded = true;
            continue;
        }
        ++sum.destinations;
        sum.failed += failed(flow) ? 1 : 0;
        sum.addresses.insert(flow.key.destination.address);
    }
    for (const auto& [sender, sum] : sums) {
        const bool tried = is_scan(sum.destinations, sum.failed) || sum.services.size() >= scan;
        const auto most = std::string(sum.folded ? "more than " : "");
        const auto many = [](std::size_t number, const char* one, const char* more) {
            return std::to_string(number) + (number == 1 ? one : more);
        };
        auto& words = words_[sender] = tried ? "a scan" : "a flood";
        words += words_for(sender) + ": ";
        words += std::to_string(sum.counts.count) + " flows to " + most;
        words += many(sum.destinations, " destination", " destinations") + " (" + most;
        words += many(sum.addresses.size(), " address", " addresses") + ", ";
        words += many(sum.services.size(), " service", " services") + ") from ";
        words += model::to_rfc3339(sum.counts.first_seen) + " to " + model::to_rfc3339(sum.counts.last_seen);
    }
}

std::string Floods::words_for(const Sender& sender) const {
    std::string words = " by ";
    switch (sender.user.kind) {
    case model::OwnerKind::unknown:
        return words + "nobody known";
    case model::OwnerKind::kernel:
        return words + "the kernel";
    case model::OwnerKind::user:
        break;
    }
    words += "user " + std::to_string(sender.user.uid);
    if (const auto& name = record_.identities.user(sender.user.uid); !name.empty()) {
        words += " " + short_words(name);
    }
    const auto& process = record_.identities.process(sender.process);
    if (const auto& program = process.exe.empty() ? process.comm : process.exe; !program.empty()) {
        words += ", " + short_words(program);
    }
    if (sender.task != model::TaskId::unknown) {
        const auto& task = record_.identities.task(sender.task);
        words += ", " + std::string(model::to_word(task.kind)) + " " + short_words(task.name);
    }
    return words;
}

} // namespace fwlearn::analyzer
