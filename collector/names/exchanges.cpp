#include "exchanges.hpp"

namespace fwlearn::collector::names {
namespace {

using namespace std::chrono_literals;

/// A resolver gives up after 5 s, three times (resolv.conf(5): timeout, attempts); others wait longer.
constexpr auto patience = 60s;

} // namespace

void Exchanges::forget(std::map<Key, Waiting>::iterator which) {
    const auto& [flow, id, question] = which->first;
    const auto same = on_loopback_.find(question);
    if (flow.destination.address.is_loopback() && same != on_loopback_.end() && --same->second == 0) {
        on_loopback_.erase(same);
    }
    waiting_.erase(which);
}

void Exchanges::forget_oldest(ByAge& of) {
    const auto& oldest = of.front();
    const auto found = waiting_.find(oldest.key);
    // It may have been asked again since, under the same number.
    if (found != waiting_.end() && found->second.asked == oldest.asked) {
        forget(found);
    }
    if (&of == &first_) {
        first_ones_.give_back(oldest.owner);
    }
    of.pop_front();
}

void Exchanges::forget_old(const Now& now) {
    for (auto* questions : {&first_, &more_}) {
        while (!questions->empty() && now.steady - questions->front().asked > patience) {
            forget_oldest(*questions);
        }
    }
}

void Exchanges::asked(const Tuple& flow, std::uint16_t id, const DnsQuestion& question,
                      const model::SocketOwner& owner, const Now& now) {
    forget_old(now);
    const auto share = share_of(owner);
    auto& questions = first_ones_.take(share) ? first_ : more_;
    if (questions.size() >= half_) {
        const auto before = waiting_.size();
        forget_oldest(questions);
        dropped_ += before - waiting_.size();
    }
    Key key{flow, id, question};
    if (waiting_.insert_or_assign(key, Waiting{owner, now.steady}).second &&
        flow.destination.address.is_loopback()) {
        ++on_loopback_[question];
    }
    questions.push_back({now.steady, share, std::move(key)});
}

std::optional<model::SocketOwner> Exchanges::answered(const Tuple& flow, std::uint16_t id,
                                                      const DnsQuestion& question, const Now& now) {
    forget_old(now);
    const auto found = waiting_.find({flow, id, question});
    if (found == waiting_.end()) {
        return std::nullopt;
    }
    const auto owner = found->second.owner;
    forget(found);
    return owner;
}

} // namespace fwlearn::collector::names
