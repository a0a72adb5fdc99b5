#include "metadata_addresses.hpp"

#include <algorithm>
#include <array>

namespace fwlearn::analyzer {

std::span<const model::Address> metadata_addresses() {
    // From the providers' documentation: AWS, Azure, Google, OpenStack, DigitalOcean, Hetzner and others
    // share the first; AWS ECS tasks; AWS over IPv6; Google over IPv6; Alibaba; Oracle over IPv6.
    static const std::array<model::Address, 6> known{
        *model::Address::parse("169.254.169.254"), *model::Address::parse("169.254.170.2"),
        *model::Address::parse("fd00:ec2::254"),   *model::Address::parse("fd20:ce::254"),
        *model::Address::parse("100.100.100.200"), *model::Address::parse("fd00:c1::a9fe:a9fe")};
    return known;
}

bool is_metadata_address(const model::Address& address) {
    const auto known = metadata_addresses();
    return std::find(known.begin(), known.end(), address) != known.end();
}

} // namespace fwlearn::analyzer
