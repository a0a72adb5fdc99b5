// What a format that cannot express every rule gives: the text, and what is not in it. A rule that is not in
// it is denied there; nothing is ever widened. Called by cli, which tells it by its exit status as well.
#pragma once

#include <string>
#include <vector>

namespace fwlearn::analyzer {

struct Rendered {
    std::string text;
    std::vector<std::string> not_expressed; ///< "RULEID: why", printable ASCII, in the order of rules
};

} // namespace fwlearn::analyzer
