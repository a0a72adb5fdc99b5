// What of the sets of one whitelist goes on in those of the next.
#include "carried_names.hpp"
#include "name_share.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn;
using namespace std::chrono_literals;

namespace {

using Elements = std::vector<std::pair<std::string, std::chrono::seconds>>;

firewall::NameSet set_of(const std::string& name, const std::string& set, const Elements& elements) {
    firewall::NameSet result;
    result.set = set;
    result.name = name;
    result.family = set.back() == '4' ? model::Family::ipv4 : model::Family::ipv6;
    result.timeout = 72h;
    for (const auto& [address, left] : elements) { // ascending
        result.elements.push_back(*model::Address::parse(address));
        result.left.push_back(left);
    }
    return result;
}

/// As text, those that are kept the longest first.
Elements carried(const std::vector<firewall::NameSet>& before, const firewall::NameSet& loaded) {
    Elements result;
    const auto all = cli::carried_names(before, {loaded});
    REQUIRE(all.size() == 1);
    CHECK(all[0].set.set == loaded.set);
    for (const auto& [address, left] : all[0].addresses) {
        result.emplace_back(address.to_string(), left);
    }
    return result;
}

constexpr const char* name = "a.example.org";

} // namespace

TEST_CASE("addresses of the same name go on, each for the longest time that it had left") {
    const std::vector before{set_of(name, "n_1_0_4", {{"192.0.2.1", 2h}, {"192.0.2.2", 3h}}),
                             set_of(name, "n_1_0_6", {{"2001:db8::1", 5h}}),
                             set_of(name, "n_2_0_4", {{"192.0.2.1", 4h}, {"192.0.2.3", 1h}}),
                             set_of("other.example.org", "n_3_0_4", {{"192.0.2.7", 4h}})};
    CHECK(carried(before, set_of(name, "n_4_0_4", {{"192.0.2.3", 72h}})) ==
          Elements{{"192.0.2.1", 4h}, {"192.0.2.2", 3h}});
    CHECK(carried(before, set_of(name, "n_4_0_6", {})) == Elements{{"2001:db8::1", 5h}});
    CHECK(carried(before, set_of("new.example.org", "n_4_0_4", {})).empty());
}

TEST_CASE("a rule that was loaded before takes nothing of other rules' sets") {
    const std::vector before{set_of(name, "n_1_0_4", {{"192.0.2.1", 2h}}),
                             set_of(name, "n_2_0_4", {{"192.0.2.66", 4h}}),
                             set_of("other.example.org", "n_3_0_4", {{"192.0.2.7", 4h}})};
    CHECK(carried(before, set_of(name, "n_1_0_4", {})) == Elements{{"192.0.2.1", 2h}});
    // What is called as a set of another name is not of the same rule.
    CHECK(carried(before, set_of(name, "n_3_0_4", {})) == Elements{{"192.0.2.66", 4h}, {"192.0.2.1", 2h}});
}

TEST_CASE("what refresh would not add does not go on either") {
    const std::vector before{set_of(name, "n_1_0_4",
                                    {{"10.0.0.1", 3h},
                                     {"100.100.100.200", 3h},
                                     {"127.0.0.1", 3h},
                                     {"169.254.169.254", 3h},
                                     {"192.0.2.1", 3h}})};
    CHECK(carried(before, set_of(name, "n_1_0_4", {})) == Elements{{"192.0.2.1", 3h}});
    // A name that was reached at a private address.
    CHECK(carried(before, set_of(name, "n_1_0_4", {{"10.0.0.9", 72h}})) ==
          Elements{{"10.0.0.1", 3h}, {"192.0.2.1", 3h}});
}

TEST_CASE("no set is filled beyond what it may hold, and those go that are forgotten first") {
    firewall::NameSet many = set_of(name, "n_1_0_4", {});
    for (std::uint32_t index = 0; index < 1000; ++index) {
        many.elements.push_back(model::Address::v4(0xc6120000 + index)); // 198.18.0.0
        many.left.emplace_back(index);
    }
    const auto all = cli::carried_names({many}, {set_of(name, "n_1_0_4", {{"192.0.2.1", 72h}})});
    REQUIRE(all.size() == 1);
    const auto& addresses = all[0].addresses;
    CHECK(addresses.size() == cli::most_in_a_set - 1);
    CHECK(std::all_of(addresses.begin(), addresses.end(), [](const auto& entry) {
        return entry.second >= std::chrono::seconds(1000 - (cli::most_in_a_set - 1));
    }));
}
