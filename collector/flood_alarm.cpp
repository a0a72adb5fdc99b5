#include "flood_alarm.hpp"

#include <model/vocabulary.hpp>

#include <utility>

namespace fwlearn::collector {
namespace {

using namespace std::chrono_literals;

/// A quarter of what the analyzer takes for a flood within an hour, within a minute.
constexpr std::uint64_t many = 1024;
/// Of more senders in a minute the user alone is told apart.
constexpr std::size_t most_senders = 1024;
/// Beginnings that are said in an hour: who has many users could fill the journal. All are counted.
constexpr unsigned most_said = 20;

std::string words_for(const model::ForeignText& text) {
    constexpr std::size_t longest = 60;
    return model::for_rule_comment(text, longest);
}

} // namespace

void FloodAlarm::add(const model::FlowKey& key, Aggregator::Kept kept, std::uint64_t flows) {
    if (kept == Aggregator::Kept::known || flows == 0) {
        return;
    }
    Sender sender{key.owner.kind, key.owner.uid, key.process, key.task};
    if (minute_.size() >= most_senders && !minute_.contains(sender)) {
        sender = {key.owner.kind, key.owner.uid, model::ProcessId::unknown, model::TaskId::unknown};
    }
    minute_[sender] += flows;
}

bool FloodAlarm::may_say(const Now& now) {
    if (now.steady - hour_began_ >= 1h) {
        hour_began_ = now.steady;
        said_in_hour_ = 0;
    }
    return ++said_in_hour_ <= most_said;
}

void FloodAlarm::begin(const Sender& sender, const model::Identities& identities, const Now& now) {
    ++begun_;
    auto& flood = floods_[sender];
    flood.said = say_ && may_say(now);
    if (!flood.said) {
        return;
    }
    const auto& [kind, uid, process, task] = sender;
    std::string who = kind == model::OwnerKind::user     ? "user " + std::to_string(uid)
                      : kind == model::OwnerKind::kernel ? std::string("the kernel")
                                                         : std::string("nobody known");
    if (kind == model::OwnerKind::user && !identities.user(uid).empty()) {
        who += " " + words_for(identities.user(uid));
    }
    const auto& program = identities.process(process);
    if (const auto& called = program.exe.empty() ? program.comm : program.exe; !called.empty()) {
        who += ", " + words_for(called);
    }
    if (task != model::TaskId::unknown) {
        who += ", " + std::string(model::to_word(identities.task(task).kind)) + " " +
               words_for(identities.task(task).name);
    }
    say_("a flood or a scan: " + who + " opens flows to more than " + std::to_string(many) +
         " new destinations a minute; all are counted, and none of them is proposed for a whitelist");
}

void FloodAlarm::look(const model::Identities& identities, const Now& now) {
    for (const auto& [sender, flows] : minute_) {
        if (flows >= many && !floods_.contains(sender)) {
            begin(sender, identities, now);
        }
    }
    if (now.steady - minute_began_ < 1min) {
        return;
    }
    minute_began_ = now.steady;
    const auto minute = std::exchange(minute_, {});
    for (auto flood = floods_.begin(); flood != floods_.end();) {
        const auto found = minute.find(flood->first);
        const auto flows = found == minute.end() ? 0 : found->second;
        flood->second.flows += flows;
        if (flows >= many) {
            ++flood;
            continue;
        }
        if (flood->second.said) {
            const auto& [kind, uid, process, task] = flood->first;
            say_("the flood or scan of " +
                 (kind == model::OwnerKind::user ? "user " + std::to_string(uid)
                                                 : std::string("no known user")) +
                 " is over: " + std::to_string(flood->second.flows) + " flows (fwlearn status)");
        }
        flood = floods_.erase(flood);
    }
}

} // namespace fwlearn::collector
