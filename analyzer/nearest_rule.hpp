// The rule that comes nearest to admitting a flow, and what keeps it from it, in fwlearn's own words: by a
// written-down order of distances (docs/audit.md), quick however many rules there are.
// Private to this room; called by audit.
#pragma once

#include "rule_places.hpp"

#include <optional>
#include <tuple>

namespace fwlearn::analyzer {

struct Nearest {
    const model::Rule* rule = nullptr; ///< nullptr: none has anything to do with it
    std::string why;                   ///< printable ASCII
};

class NearestRule {
  public:
    /// All must outlive it.
    NearestRule(std::span<const model::Rule> rules, const RulePlaces& places,
                const model::Identities& identities)
        : rules_(rules), places_(places), identities_(identities) {}

    /// `name` is what the destination was called; `proven`: by an answer, and not by the client alone. Some
    /// of the `addresses` that it was reached at are looked at.
    [[nodiscard]] Nearest to(const model::FlowKey& key, std::span<const model::Address> addresses,
                             const model::ForeignText& name, bool proven);

  private:
    /// Nearest first.
    enum class Distance : std::uint8_t {
        none, ///< it admits the flow
        unproven_name,
        port,
        protocol,
        sender,
        name_of_domain,
        address_nearby,
        sender_and_service,
        destination,
        far
    };
    enum class Place : std::uint8_t { name, address };
    struct Candidate {
        Distance distance = Distance::far;
        Place place = Place::name;
        std::uint32_t rule = 0;
        auto operator<=>(const Candidate&) const = default;
    };
    using Asked = std::tuple<model::SocketOwner, model::ProcessId, model::Service>;

    [[nodiscard]] bool selects(std::uint32_t rule, const model::FlowKey& key) const;
    [[nodiscard]] bool takes_but_for_place(std::uint32_t rule, const model::FlowKey& key) const;
    [[nodiscard]] Candidate at_same_place(std::uint32_t rule, const model::FlowKey& key, Place place,
                                          bool proven) const;
    [[nodiscard]] std::optional<std::uint32_t> of_same_domain(const model::FlowKey& key,
                                                              const model::ForeignText& name);
    [[nodiscard]] std::optional<std::uint32_t> nearby(const model::FlowKey& key,
                                                      const model::Address& address) const;
    [[nodiscard]] std::optional<std::uint32_t> elsewhere(const model::FlowKey& key);
    [[nodiscard]] std::string words(const Candidate& candidate, const model::FlowKey& key) const;

    std::span<const model::Rule> rules_;
    const RulePlaces& places_;
    const model::Identities& identities_;
    /// By registrable domain; made when it is asked for.
    std::optional<std::map<std::string, std::vector<std::uint32_t>>> domains_;
    std::map<Asked, std::optional<std::uint32_t>> elsewhere_;
};

} // namespace fwlearn::analyzer
