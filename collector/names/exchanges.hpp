// DNS questions that left this host and wait for their answer. An answer counts only for a question that was
// seen, from where it was asked, to where, with its number; and only once. Pure; knows nothing of what
// answers mean. Used by names.
#pragma once

#include "collector/now.hpp"
#include "collector/tuple.hpp"
#include "dns_message.hpp"

#include <model/process.hpp>

#include <deque>
#include <map>
#include <tuple>

namespace fwlearn::collector::names {

class Exchanges {
  public:
    explicit Exchanges(std::size_t capacity = 1U << 16U) : capacity_(capacity) {}

    /// A question left by `flow`, through a socket of `owner`'s.
    void asked(const Tuple& flow, std::uint16_t id, const DnsQuestion& question,
               const model::SocketOwner& owner, const Now& now);
    /// An answer came to the question of `flow` (which is the answer's own tuple turned round). Whose socket
    /// had asked; nothing where nobody had.
    std::optional<model::SocketOwner> answered(const Tuple& flow, std::uint16_t id,
                                               const DnsQuestion& question, const Now& now);

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    /// Questions that were forgotten before their time, because there were too many.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    using Key = std::tuple<Tuple, std::uint16_t, DnsQuestion>;
    struct Waiting {
        model::SocketOwner owner;
        std::chrono::steady_clock::time_point asked;
    };
    void forget_oldest();
    void forget_old(const Now& now);

    std::size_t capacity_;
    std::uint64_t dropped_ = 0;
    std::map<Key, Waiting> waiting_;
    std::deque<std::pair<std::chrono::steady_clock::time_point, Key>> by_age_;
};

} // namespace fwlearn::collector::names
