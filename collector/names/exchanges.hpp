// DNS questions that left this host and wait for their answer. An answer counts only for a question that was
// seen, from where it was asked, to where, with its number; and only once. Bounded, and nobody who asks
// without end makes others' questions forgotten. Pure; knows nothing of what answers mean. Used by names.
#pragma once

#include "collector/fair_share.hpp"
#include "collector/now.hpp"
#include "collector/tuple.hpp"
#include "dns_message.hpp"

#include <model/process.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>

namespace fwlearn::collector::names {

class Exchanges {
  public:
    /// So many questions of the last minute are kept; an eighth of a half of them is anybody's.
    explicit Exchanges(std::size_t capacity = 1U << 16U)
        : half_(capacity / 2), first_ones_(std::max<std::size_t>(half_ / 8, 1)) {}

    /// A question left by `flow`, through a socket of `owner`'s.
    void asked(const Tuple& flow, std::uint16_t id, const DnsQuestion& question,
               const model::SocketOwner& owner, const Now& now);
    /// An answer came to the question of `flow` (which is the answer's own tuple turned round). Whose socket
    /// had asked; nothing where nobody had.
    std::optional<model::SocketOwner> answered(const Tuple& flow, std::uint16_t id,
                                               const DnsQuestion& question, const Now& now);

    /// Whether somebody on this host waits for a server on loopback to answer the same.
    [[nodiscard]] bool waits_on_loopback(const DnsQuestion& question) const {
        return on_loopback_.contains(question);
    }

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    /// Questions that were forgotten before their time, because there were too many.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    using Key = std::tuple<Tuple, std::uint16_t, DnsQuestion>;
    struct Waiting {
        model::SocketOwner owner;
        std::chrono::steady_clock::time_point asked;
    };
    struct Asked {
        std::chrono::steady_clock::time_point asked;
        std::uint64_t owner;
        Key key;
    };
    /// In their order, also those that were answered since.
    using ByAge = std::deque<Asked>;
    void forget(std::map<Key, Waiting>::iterator which);
    void forget_oldest(ByAge& of);
    void forget_old(const Now& now);

    std::size_t half_;
    std::uint64_t dropped_ = 0;
    std::map<Key, Waiting> waiting_;
    std::map<DnsQuestion, std::size_t> on_loopback_; ///< how many of these go to loopback
    FirstOnes first_ones_;
    ByAge first_, more_;
};

} // namespace fwlearn::collector::names
