#include "flow_keys.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>

using namespace fwlearn;

namespace {

/// Keys that differ in any of their members, and often in one alone.
class SomeKeys {
  public:
    model::FlowKey one() {
        model::FlowKey key;
        key.owner.kind = pick<model::OwnerKind>({model::OwnerKind::unknown, model::OwnerKind::user});
        key.owner.uid = pick<std::uint32_t>({0, 33, std::numeric_limits<std::uint32_t>::max()});
        key.owner.gid = pick<std::uint32_t>({0, 100});
        key.process = static_cast<model::ProcessId>(pick<std::uint32_t>({0, 1, 70'000}));
        key.creator = static_cast<model::ProcessId>(pick<std::uint32_t>({0, 2}));
        key.task = static_cast<model::TaskId>(pick<std::uint32_t>({0, 3}));
        key.attribution = pick<model::Attribution>({model::Attribution::unknown, model::Attribution::exact});
        key.interface = static_cast<model::InterfaceId>(pick<std::uint32_t>({0, 1}));
        key.name = static_cast<model::NameId>(
            pick<std::uint32_t>({0, 1, std::numeric_limits<std::uint32_t>::max()}));
        key.name_source = pick<model::BindingSource>(
            {model::BindingSource::configuration, model::BindingSource::dns_process});
        key.overflow = pick<bool>({false, true});
        key.verdict = pick<model::FlowVerdict>({model::FlowVerdict::accepted, model::FlowVerdict::shadowed});
        key.destination.service.protocol.number = pick<std::uint8_t>({0, 6, 255});
        key.destination.service.detail = pick<std::uint16_t>({0, 443, 65535});
        key.destination.address = address();
        return key;
    }

  private:
    template <typename Value>
    Value pick(std::initializer_list<Value> values) {
        return *(values.begin() + random_() % values.size());
    }

    model::Address address() {
        constexpr std::array<std::uint8_t, 3> octets{0, 1, 255};
        std::array<std::uint8_t, 16> address{};
        for (const auto index : {0U, 3U, 4U, 7U, 8U, 15U}) {
            address.at(index) = octets.at(random_() % octets.size());
        }
        return random_() % 2 == 0 ? model::Address::v4(std::span(address).first<4>())
                                  : model::Address::v6(address);
    }

    std::mt19937 random_{1};
};

} // namespace

TEST_CASE("keys are put in their order, and come back as they were") {
    SomeKeys some;
    std::vector<model::FlowKey> keys;
    const auto first = some.one();
    constexpr std::size_t many = 20'000;
    sql::FlowKeys sorted;
    sorted.reserve(many);
    for (std::size_t count = 0; count < many; ++count) {
        auto key = first;
        if (count % 2 == 0) {
            key = some.one();
        } else { // alike but for the place
            key.destination.address = some.one().destination.address;
        }
        keys.push_back(key);
        sorted.add(key);
    }
    sorted.sort();
    REQUIRE(sorted.size() == keys.size());
    std::vector<model::FlowKey> result;
    std::vector<bool> told(keys.size());
    for (std::size_t place = 0; place < sorted.size(); ++place) {
        result.push_back(sorted.key(place));
        const auto added_as = sorted.added_as(place);
        REQUIRE(added_as < keys.size());
        told[added_as] = true;
        REQUIRE(keys[added_as] == result.back());
    }
    CHECK(std::find(told.begin(), told.end(), false) == told.end());
    std::sort(keys.begin(), keys.end());
    CHECK(result == keys);
}
