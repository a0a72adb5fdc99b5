#include "living_flow.hpp"

#include <algorithm>

namespace fwlearn::collector {

RareOfFlow& LivingFlow::what_is_rare() {
    if (!rare) {
        rare = std::make_unique<RareOfFlow>();
    }
    return *rare;
}

bool LivingFlow::is_of_other_than(const Sender& again) const {
    const bool known =
        rare && std::ranges::find(rare->other_users, again.owner.uid) != rare->other_users.end();
    return again.owner.kind == model::OwnerKind::user &&
           (sender.owner.kind != model::OwnerKind::user || sender.owner.uid != again.owner.uid) && !known;
}

Traffic LivingFlow::grown(const Traffic& total) const {
    const Traffic told = rare ? rare->told : Traffic();
    const auto more = [](std::uint64_t before, std::uint64_t now) { return now - std::min(before, now); };
    return {more(told.packets_out, total.packets_out), more(told.bytes_out, total.bytes_out),
            more(told.packets_in, total.packets_in), more(told.bytes_in, total.bytes_in)};
}

bool LivingFlow::take_answer(const ConntrackEntry& seen) {
    if (!seen.seen_reply || outcome_known) {
        return false;
    }
    outcome_known = true;
    news.answered = true;
    return true;
}

} // namespace fwlearn::collector
