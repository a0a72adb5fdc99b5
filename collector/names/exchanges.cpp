#include "exchanges.hpp"

namespace fwlearn::collector::names {
namespace {

using namespace std::chrono_literals;

/// A resolver gives up after 5 s, three times (resolv.conf(5): timeout, attempts); others wait longer.
constexpr auto patience = 60s;

} // namespace

void Exchanges::forget_oldest() {
    const auto& [asked, key] = by_age_.front();
    const auto found = waiting_.find(key);
    // It may have been asked again since, under the same number.
    if (found != waiting_.end() && found->second.asked == asked) {
        waiting_.erase(found);
    }
    by_age_.pop_front();
}

void Exchanges::forget_old(const Now& now) {
    while (!by_age_.empty() && now.steady - by_age_.front().first > patience) {
        forget_oldest();
    }
}

void Exchanges::asked(const Tuple& flow, std::uint16_t id, const DnsQuestion& question,
                      const model::SocketOwner& owner, const Now& now) {
    forget_old(now);
    // What was answered stays in the queue until it is old. Whoever asks without end loses his own oldest
    // questions with everybody's, and blinds nobody to what is asked now.
    if (by_age_.size() >= capacity_) {
        const auto before = waiting_.size();
        forget_oldest();
        dropped_ += before - waiting_.size();
    }
    Key key{flow, id, question};
    waiting_[key] = {owner, now.steady};
    by_age_.emplace_back(now.steady, std::move(key));
}

std::optional<model::SocketOwner> Exchanges::answered(const Tuple& flow, std::uint16_t id,
                                                      const DnsQuestion& question, const Now& now) {
    forget_old(now);
    const auto found = waiting_.find({flow, id, question});
    if (found == waiting_.end()) {
        return std::nullopt;
    }
    const auto owner = found->second.owner;
    waiting_.erase(found);
    return owner;
}

} // namespace fwlearn::collector::names
