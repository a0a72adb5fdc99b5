#include "exchanges.hpp"

namespace fwlearn::collector::names {
namespace {

using namespace std::chrono_literals;

/// A resolver gives up after 5 s, three times (resolv.conf(5): timeout, attempts); others wait longer.
constexpr auto patience = 60s;

} // namespace

void Exchanges::forget_old(const Now& now) {
    while (!by_age_.empty() && now.steady - by_age_.front().first > patience) {
        const auto found = waiting_.find(by_age_.front().second);
        // It may have been asked again since, under the same number.
        if (found != waiting_.end() && now.steady - found->second.asked > patience) {
            waiting_.erase(found);
        }
        by_age_.pop_front();
    }
}

void Exchanges::asked(const Tuple& flow, const DnsMessage& question, const model::SocketOwner& owner,
                      const Now& now) {
    forget_old(now);
    // What was answered stays in the queue until it is old.
    if (by_age_.size() >= capacity_) {
        ++dropped_;
        return;
    }
    Key key{flow, question.id, question.question};
    waiting_[key] = {owner, now.steady};
    by_age_.emplace_back(now.steady, std::move(key));
}

std::optional<model::SocketOwner> Exchanges::answered(const Tuple& flow, const DnsMessage& answer,
                                                      const Now& now) {
    forget_old(now);
    const auto found = waiting_.find({flow, answer.id, answer.question});
    if (found == waiting_.end()) {
        return std::nullopt;
    }
    const auto owner = found->second.owner;
    waiting_.erase(found);
    return owner;
}

} // namespace fwlearn::collector::names
