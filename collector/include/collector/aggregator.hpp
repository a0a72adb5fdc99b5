// Adds up the tracker's deltas by key and hour until they are written, in bounded memory: beyond a number of
// distinct keys, new destinations of the same sender and service are folded into one counted overflow row,
// and an eighth of the keys is for senders that have few. Pure. Filled by the observer, emptied into the sink
// once a second.
#pragma once

#include <model/record.hpp>

#include <memory>

namespace fwlearn::collector {

class Aggregator {
  public:
    /// `distinct_keys`: how many keys are kept apart while the collector runs.
    explicit Aggregator(std::size_t distinct_keys = 1U << 17U);
    ~Aggregator();
    Aggregator(const Aggregator&) = delete;
    Aggregator& operator=(const Aggregator&) = delete;

    /// What became of a delta's key.
    enum class Kept : std::uint8_t {
        known,  ///< it was kept apart before
        fresh,  ///< it is from now on
        folded, ///< there was no room: it went into an overflow row
    };
    Kept add(const model::FlowDelta& delta);
    void add(const model::CaptureGap& gap);
    void add(const model::NameBinding& binding);
    /// In the place of what was said of the same path.
    void add(const model::ProgramFile& program);
    /// In the place of what settings named before.
    void replace(std::vector<model::Configured> configured);
    /// In the place of what the host ran by the clock before.
    void replace(std::vector<model::Schedule> schedules);
    /// What is told of a run of the task that began at `run`, in its minute.
    void add(model::TaskId task, model::Timestamp run, model::RunEvent event);

    [[nodiscard]] bool empty() const;
    /// What is to be written, in a fixed order. Stays here until written() is called, so that a refused
    /// transaction loses nothing.
    [[nodiscard]] model::Batch batch() const;
    void written();
    /// Flows that went into overflow rows.
    [[nodiscard]] std::uint64_t overflowed() const;
    /// Bindings of names that were left out, because there were more than are kept apart.
    [[nodiscard]] std::uint64_t names_left_out() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::collector
