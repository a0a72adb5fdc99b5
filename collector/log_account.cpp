#include "log_account.hpp"

#include <algorithm>

namespace fwlearn::collector {

void LogAccount::read(const ReadResult& result) {
    received_ += result.observed;
    simulated_ += result.simulated;
    holes_ += result.lost;
}

void LogAccount::take(std::uint64_t packets) {
    const auto so_far = logged_.value_or(0);
    if (before_reset_ + packets < so_far) {
        before_reset_ = so_far; // `nft reset counters`; what came in between the two is not known
    }
    logged_ = before_reset_ + packets;
}

void LogAccount::certain(std::uint64_t packets) {
    const auto arrived = received_ + simulated_;
    missing_ = std::max(missing_, packets - std::min(packets, arrived));
}

void LogAccount::counted(std::uint64_t packets) {
    certain(logged_.value_or(0));
    take(packets);
}

void LogAccount::counted_last(std::uint64_t packets) {
    take(packets);
    certain(*logged_);
}

std::uint64_t LogAccount::lost() const {
    return std::max(holes_, missing_);
}

std::optional<std::uint64_t> LogAccount::logged() const {
    return logged_;
}

} // namespace fwlearn::collector
