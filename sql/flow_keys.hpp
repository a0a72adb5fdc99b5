// Puts the keys of flows in order, as many as a record has: millions, which do not fit into the processor's
// caches and which a sort would look at again and again. So each is kept in a form that is a third of a
// FlowKey's size and compares as it does.
// Knows no table. Called by read_flows.
#pragma once

#include <model/flow.hpp>

#include <tsl/robin_map.h>

#include <cstdint>
#include <vector>

namespace fwlearn::sql {

class FlowKeys {
  public:
    void reserve(std::size_t keys);
    void add(const model::FlowKey& key);
    /// From here on, none is added.
    void sort();

    [[nodiscard]] std::size_t size() const { return keys_.size(); }
    /// After sort(): the one at `place`, by ascending keys.
    [[nodiscard]] model::FlowKey key(std::size_t place) const;
    /// After sort(): as the how manyth it was added; from 0 on.
    [[nodiscard]] std::uint32_t added_as(std::size_t place) const { return keys_[place].added_as; }

  private:
    /// What of a key comes before its name is said by a number, since senders are few; IPv6's octets from the
    /// fifth on stand elsewhere.
    struct Small {
        std::uint64_t sender_and_name = 0;
        std::uint64_t others = 0;
        std::uint32_t added_as = 0;
        std::uint32_t ipv6 = 0; ///< its place in ipv6_, where it is one
    };

    [[nodiscard]] bool is_before(const Small& one, const Small& other) const;

    tsl::robin_map<model::FlowKey, std::uint32_t> numbers_; ///< of the senders that follow
    std::vector<model::FlowKey> senders_;
    std::vector<model::Address> ipv6_;
    std::vector<Small> keys_;
};

} // namespace fwlearn::sql
