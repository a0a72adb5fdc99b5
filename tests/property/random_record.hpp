// Random records, dense enough that grouping, merging and aggregating have something to do: few users, runs
// of adjacent addresses, few services, and a little of everything that needs a decision of its own. The same
// seed gives the same record. Used by the property tests.
#pragma once

#include <model/record.hpp>

#include <random>

namespace fwlearn::tests {

class RandomRecord {
  public:
    explicit RandomRecord(std::uint64_t seed) : random_(seed) {}

    /// Of at most `flows` flows (and at least one), with distinct keys, in no order.
    model::Record record(std::size_t flows);

    /// From the same small world, so that it often hits what a record of this world has, or is next to it.
    model::SocketOwner owner();
    model::Destination destination();
    model::Flow flow(model::Identities& identities);

    /// 0 <= result < bound.
    std::size_t below(std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
    }
    bool one_in(std::size_t bound) { return below(bound) == 0; }

    std::mt19937_64& engine() { return random_; }

  private:
    model::Address address();
    model::Service service();
    /// Gives some flows names, and the record evidence that agrees with them or does not.
    void add_names(model::Record& record);

    std::mt19937_64 random_;
    bool unknown_owners_ = false;
};

/// How many records a property is tried on: 10,000, ten times as many with FWLEARN_FULL=1.
std::size_t record_count();

} // namespace fwlearn::tests
