#include "model/record.hpp"

#include <algorithm>

namespace fwlearn::model {

std::span<const NameBinding> bindings_of(std::span<const NameBinding> bindings, const Address& address) {
    const auto found = std::ranges::equal_range(bindings, address, {}, &NameBinding::address);
    return {found.begin(), found.end()};
}

} // namespace fwlearn::model
