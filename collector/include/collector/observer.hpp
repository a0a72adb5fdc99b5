// The collector put together: sockets, tracker, aggregator and loop, from the first packet to a batch a
// second. Knows nothing of where batches go (the sink decides) nor of who made the log rules. Run by
// cli/observe.
#pragma once

#include "collector/nflog.hpp"
#include "collector/packet_reading.hpp"

#include <model/record.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

namespace fwlearn::collector {

struct ObserverOptions {
    std::uint16_t group = 0;                           ///< NFLOG group
    std::optional<std::chrono::milliseconds> duration; ///< stops by itself after this long
    std::filesystem::path root = "/";                  ///< where /etc/passwd, crontabs and units are
    model::AttributionMeans means = model::AttributionMeans::bpf; ///< the best to try
    std::size_t distinct_keys = 1U << 17U;                        ///< beyond it, overflow rows
    std::size_t living_flows = 1U << 18U;                         ///< flows told apart at a time
    /// What the kernel has counted beside the log rules since they are there: the truth to compare what came
    /// in with. Empty, or nothing: there is no such counter, and holes in the messages' numbers alone tell.
    std::function<std::optional<std::uint64_t>()> logged;
    /// The same of packets that left and that conntrack was told not to track. Empty, or nothing: not
    /// counted.
    std::function<std::optional<std::uint64_t>()> untracked;
    /// The same of answers that were not copied for their names, because there were too many.
    std::function<std::optional<std::uint64_t>()> answers_left_out;
    std::function<void(const std::string&)> warn; ///< is told, once each, what people should know at once
    SimulatedDrops simulate_drops;
};

/// Named counts since the start, for people: messages, losses, forgeries.
using Counters = std::vector<std::pair<std::string, std::uint64_t>>;

class Observer {
  public:
    /// Is given what is new, up to `alive`. False: could not be stored, and is given again, with more,
    /// a second later.
    using Sink = std::function<bool(const model::Batch&, const model::Identities&, model::Timestamp alive,
                                    const Counters&)>;

    /// Binds the group and listens to conntrack; blocks SIGINT, SIGTERM and SIGHUP, which then end run().
    /// From here on nothing is missed that is logged. Throws SystemError.
    Observer(const ObserverOptions& options, PacketReading reading, Sink sink);
    ~Observer();
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;

    /// How processes are named, and why not better.
    [[nodiscard]] model::AttributionMeans means() const;
    [[nodiscard]] const std::string& why_not_better() const;

    /// Takes in what was open before, calls `ready`, and observes until a signal or the duration's end. Then
    /// calls `no_more_rules`, after which nothing may be logged while `logged` still tells how much was, and
    /// stores all that was seen until that moment.
    void run(const std::function<void()>& ready, const std::function<void()>& no_more_rules);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::collector
