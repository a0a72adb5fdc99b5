// Where one sender reaches many names of one domain, a rule for the whole domain could take their place. It
// is only proposed: what it admits has no bound, and no domain is proposed below which strangers can have
// names of their own (https://publicsuffix.org, both parts of the list).
// Private to this room; called by suggest.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

std::vector<model::WildcardProposal> wildcards_for(const std::vector<model::Rule>& rules);

} // namespace fwlearn::analyzer
