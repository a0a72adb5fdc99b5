#include "finding_limit.hpp"

#include <algorithm>
#include <utility>

namespace fwlearn::cli {

FindingSender sender_of(const analyzer::Finding& finding, const model::Identities& identities) {
    using Kind = FindingSender::Kind;
    const auto& key = finding.flow.key;
    if (key.owner.kind != model::OwnerKind::user) {
        return {key.owner.kind == model::OwnerKind::kernel ? Kind::kernel : Kind::unknown, 0, {}, {}};
    }
    const auto& name = identities.user(key.owner.uid);
    if (key.owner.uid == 0) {
        const auto maker = key.creator != model::ProcessId::unknown ? key.creator : key.process;
        return {Kind::user, 0, name, identities.process(maker).unit};
    }
    return name.empty() ? FindingSender{Kind::users_without_name, 0, {}, {}}
                        : FindingSender{Kind::user, key.owner.uid, name, {}};
}

std::vector<FoldedFindings> FindingLimit::begin_round(std::chrono::milliseconds now) {
    now_ = now;
    if (!ends_ || now < *ends_) {
        return {};
    }
    auto ended = rest();
    accounts_.clear();
    ends_.reset();
    return ended;
}

FindingLimit::Taken FindingLimit::take(const analyzer::Finding& finding, const model::Identities& identities,
                                       bool once) {
    const auto sender = sender_of(finding, identities);
    if (!once && !is_new(sender, analyzer::fingerprint(finding, identities))) {
        return {};
    }
    if (!ends_) {
        ends_ = now_ + bounds_.window;
    }
    auto& account = account_of(sender);
    if (account.alone < bounds_.one_by_one) {
        return {Answer::alone, account.alone++};
    }
    auto& folded = account.folded;
    const auto& counts = finding.flow.counts;
    folded.since = folded.findings == 0 ? counts.last_seen : std::min(folded.since, counts.last_seen);
    folded.last_seen = folded.findings == 0 ? counts.last_seen : std::max(folded.last_seen, counts.last_seen);
    ++folded.findings;
    folded.denied += finding.denied() ? 1U : 0U;
    folded.flows += counts.count;
    folded.packets += counts.packets_out;
    return {Answer::folded, 0};
}

std::vector<FoldedFindings> FindingLimit::news() {
    return tell(true);
}

std::vector<FoldedFindings> FindingLimit::rest() {
    return tell(false);
}

bool FindingLimit::has_rest() const {
    return std::any_of(accounts_.begin(), accounts_.end(),
                       [](const auto& account) { return account.second.folded.findings > 0; });
}

std::vector<FoldedFindings> FindingLimit::tell(bool only_news) {
    std::vector<FoldedFindings> told;
    for (auto& [sender, account] : accounts_) {
        if (account.folded.findings == 0 || (only_news && account.announced)) {
            continue;
        }
        account.announced = true;
        account.folded.sender = sender;
        told.push_back(std::exchange(account.folded, {}));
    }
    return told;
}

FindingLimit::Account& FindingLimit::account_of(const FindingSender& sender) {
    const auto found = accounts_.find(sender);
    if (found != accounts_.end()) {
        return found->second;
    }
    // Those of root's units and of the host's accounts are far fewer; should they not be, it stays bounded.
    return accounts_[accounts_.size() < bounds_.senders
                         ? sender
                         : FindingSender{FindingSender::Kind::others, 0, {}, {}}];
}

bool FindingLimit::is_new(const FindingSender& sender, std::string fingerprint) {
    if (const auto found = known_.find(sender);
        found != known_.end() && found->second.all.contains(fingerprint)) {
        return false;
    }
    if (known_count_ == bounds_.known) {
        forget_one();
    }
    auto& known = known_[sender];
    known.all.insert(fingerprint);
    known.order.push_back(std::move(fingerprint));
    ++known_count_;
    return true;
}

/// The oldest of whoever has the most: it may be told again, and nobody else's is.
void FindingLimit::forget_one() {
    const auto most = std::max_element(known_.begin(), known_.end(), [](const auto& one, const auto& other) {
        return one.second.order.size() < other.second.order.size();
    });
    auto& known = most->second;
    known.all.erase(known.order.front());
    known.order.pop_front();
    --known_count_;
    if (known.order.empty()) {
        known_.erase(most);
    }
}

} // namespace fwlearn::cli
