// Whether a rule of a packet filter matches a packet: surely, surely not, or maybe, where it looks at what is
// not known here. Must not know chains and verdicts. Pure. Private to this room; used by existing.
#pragma once

#include "analyzer/existing.hpp"

#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fwlearn::analyzer {

enum class Truth : std::uint8_t { no, maybe, yes };

class RuleMatching {
  public:
    RuleMatching();
    ~RuleMatching();
    RuleMatching(const RuleMatching&) = delete;
    RuleMatching& operator=(const RuleMatching&) = delete;

    /// Makes looking into its elements fast where they are many addresses. They outlive this.
    void index(const model::PacketMatch& match);

    [[nodiscard]] Truth matches(const model::FilterRule& rule, const OutgoingPacket& packet) const;

    /// The elements that match, or may, in their order; the first that surely does is the last.
    using Possible = std::vector<std::pair<const model::MatchElement*, Truth>>;
    [[nodiscard]] Possible possible_elements(const model::PacketMatch& match,
                                             const OutgoingPacket& packet) const;

  private:
    class AddressIndex;
    [[nodiscard]] Truth matches(const model::PacketMatch& match, const OutgoingPacket& packet) const;
    template <typename Use>
    void for_each_match(const model::PacketMatch& match, const OutgoingPacket& packet, const Use& use) const;

    std::unordered_map<const void*, std::unique_ptr<const AddressIndex>> indexes_; ///< by the elements
};

} // namespace fwlearn::analyzer
