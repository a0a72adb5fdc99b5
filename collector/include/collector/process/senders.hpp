// Attributor, identities and task rules put together: fills in who sent a flow. Keeps what it has once
// worked out about a sender. Knows nothing of sockets and of time. Used by the observer, for every first
// packet.
#pragma once

#include "collector/flow_tracker.hpp"
#include "collector/host/schedules.hpp"
#include "collector/process/attributor.hpp"

#include <memory>
#include <utility>

namespace fwlearn::collector::process {

class Senders {
  public:
    Senders(model::AttributionMeans best, host::Schedules schedules);
    ~Senders();
    Senders(const Senders&) = delete;
    Senders& operator=(const Senders&) = delete;

    /// Fills in process, creator, task and attribution; the owner must be there. False: nobody was found,
    /// which may change within the next moments.
    /// `not_after` as Attributor::find() has it.
    bool attribute(LivingSender& sender, const Tuple& tuple, model::Identities& identities,
                   Moment not_after = std::nullopt);
    /// Whether a second look at the same packet may find more than the first did.
    [[nodiscard]] bool may_come_late() const;
    /// Counts who is not found for good.
    void give_up() {
        ++unknown_;
        attributor_.give_up();
    }
    /// By these from now on. Tasks that are worked out already stay.
    void use(host::Schedules schedules) { schedules_ = std::move(schedules); }

    /// To be called every second or so.
    void keep_living() { attributor_.keep_living(); }

    [[nodiscard]] const Attributor& attributor() const { return attributor_; }
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;

  private:
    struct Known;
    struct Cache;
    const Known* known(std::uint64_t number, model::Identities& identities);
    bool fits(const Sighting& sighting, const model::SocketOwner& owner, model::Identities& identities);
    std::optional<Sighting> sighting_of(const LivingSender& sender, const Tuple& tuple,
                                        model::Identities& identities, Moment not_after);

    Attributor attributor_;
    host::Schedules schedules_;
    std::unique_ptr<Cache> cache_;
    std::uint64_t exact_ = 0, inferred_ = 0, kernel_ = 0, unknown_ = 0;
};

} // namespace fwlearn::collector::process
