// Where one sender reaches many names of one domain, a rule for the whole domain could take their place. It
// is only proposed: what it admits has no bound, and no domain is proposed below which strangers can have
// names of their own (https://publicsuffix.org, both parts of the list).
// Private to this room; called by suggest, and by widen for those who asked for it.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// Fewer names than these are read faster than a domain is judged.
inline constexpr std::size_t many_names = 5;

/// The domain that somebody has registered; empty where the name is a public suffix itself or the list knows
/// no suffix of it: `internal` is nobody's.
std::string registrable_domain(const model::ForeignText& name);

std::vector<model::WildcardProposal> wildcards_for(const std::vector<model::Rule>& rules);

} // namespace fwlearn::analyzer
