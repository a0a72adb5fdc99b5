// What was left out and could be kept, if somebody decided so: flows of one program, left out for one reason,
// with the decisions that would be for just them. Pure. Called by cli's review.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

struct OpenQuestion {
    std::string reason;
    model::ForeignText program; ///< executable, or short name; of an interpreter with its script
    std::uint64_t flows = 0;
    model::Timestamp first_seen = model::Timestamp::max();
    model::Timestamp last_seen = model::Timestamp::min();
    /// By pattern, none twice: program, user, name (where an answer gives it) or prefix, protocol, ports.
    /// Together they are for these flows, and for whatever else agrees; ports in a row are one range, and
    /// addresses that fill a prefix one prefix, so that they are few without being for more.
    std::vector<model::DecisionScope> scopes;

    /// More than anybody reads, as of a scan: not to be decided by one answer, but by a pattern of one's own.
    [[nodiscard]] bool is_too_large() const { return scopes.size() > most_scopes; }
    static constexpr std::size_t most_scopes = 64;
};

/// Of a whitelist that the record was turned into. In an order that depends on content alone. Not what is
/// always accepted, what no rule can admit, what was decided already.
std::vector<OpenQuestion> open_questions(const model::Whitelist& whitelist, const model::Record& record);

} // namespace fwlearn::analyzer
