#include "model/record.hpp"

#include <algorithm>

namespace fwlearn::model {

std::span<const NameBinding> bindings_of(std::span<const NameBinding> bindings, const Address& address) {
    const auto first = std::lower_bound(
        bindings.begin(), bindings.end(), address,
        [](const NameBinding& binding, const Address& wanted) { return binding.address < wanted; });
    const auto last = std::upper_bound(
        first, bindings.end(), address,
        [](const Address& wanted, const NameBinding& binding) { return wanted < binding.address; });
    return {first, last};
}

} // namespace fwlearn::model
