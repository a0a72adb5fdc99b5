// Are the sets of names read as the kernel has them, also while they change, and filled for their whole
// timeout?
#include "ground/netns.hpp"
#include "ground/process.hpp"

#include <firewall/name_sets.hpp>
#include <model/errors.hpp>

#include <doctest/doctest.h>
#include <sys/personality.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using namespace std::chrono_literals;

namespace {

/// The kernel makes the set that large at once: while it makes one larger, nobody reads it whole.
constexpr const char* large = "size 20000; ";

class Server {
  public:
    Server() : inside_(namespace_) {}

    void load(const std::string& rules) const {
        must_run({"nft", "-f", "-"}, {.netns = namespace_.name(), .input = rules});
    }
    void nft(const std::string& command) const { must_run({"nft", command}, {.netns = namespace_.name()}); }

  private:
    const Namespace namespace_{"fwlearn-sets-" + std::to_string(getpid())};
    const Inside inside_;
};

std::string set(const std::string& name, const std::string& type, const std::string& comment,
                const std::string& elements, const std::string& more = "") {
    return "set " + name + " { type " + type + "; flags timeout; timeout 72h; comment \"" + comment + "\"; " +
           more + (elements.empty() ? "" : " elements = { " + elements + " };") + " }\n";
}

std::string table(const std::string& sets, const std::string& family = "inet") {
    return "table " + family + " fwlearn { }\ndelete table " + family + " fwlearn\ntable " + family +
           " fwlearn {\n" + sets + "}\n";
}

std::vector<std::string> texts(const firewall::NameSet& set) {
    std::vector<std::string> result;
    std::transform(set.elements.begin(), set.elements.end(), std::back_inserter(result),
                   [](const auto& address) { return address.to_string(); });
    return result;
}

/// How long the kernel keeps an element; 0 where it is not there.
std::chrono::seconds left_of(const firewall::NameSet& set, const std::string& address) {
    const auto at = std::find(set.elements.begin(), set.elements.end(), *model::Address::parse(address));
    return at == set.elements.end() ? 0s : set.left[static_cast<std::size_t>(at - set.elements.begin())];
}

std::vector<model::Address> addresses(const std::vector<std::string>& list) {
    std::vector<model::Address> result;
    std::transform(list.begin(), list.end(), std::back_inserter(result),
                   [](const auto& text) { return *model::Address::parse(text); });
    return result;
}

/// uname(2) says that this is an older Linux.
class OlderLinux {
  public:
    OlderLinux() : before_(personality(0xffffffff)) {
        REQUIRE(before_ >= 0);
        personality(static_cast<unsigned long>(before_) | UNAME26);
    }
    ~OlderLinux() { personality(static_cast<unsigned long>(before_)); }
    OlderLinux(const OlderLinux&) = delete;
    OlderLinux& operator=(const OlderLinux&) = delete;

  private:
    int before_;
};

constexpr auto timeout = std::chrono::seconds(72h);

/// Of the one set that there was, into each that there is now.
std::vector<firewall::Carried> everything(const std::vector<firewall::NameSet>& before,
                                          const std::vector<firewall::NameSet>& loaded) {
    std::vector<firewall::Carried> result;
    for (const auto& set : loaded) {
        auto& carried = result.emplace_back(firewall::Carried{set, {}});
        for (std::size_t index = 0; index < before.at(0).elements.size(); ++index) {
            carried.addresses.emplace_back(before[0].elements[index], before[0].left[index]);
        }
    }
    return result;
}

} // namespace

TEST_CASE("without a whitelist there are no sets of names") {
    const Server server;
    CHECK(firewall::read_name_sets().empty());
    server.load(table(set("n_1_0_4", "ipv4_addr", "a.example.org", "192.0.2.1"), "ip"));
    CHECK(firewall::read_name_sets().empty());
    server.load(table(""));
    CHECK(firewall::read_name_sets().empty());
    firewall::fill({});
    firewall::carry_over({}, everything);
}

TEST_CASE("the sets of names are read with what they hold, and no others") {
    const Server server;
    std::string many;
    std::vector<std::string> expected;
    for (unsigned index = 0; index < 5000; ++index) { // more than one datagram holds
        expected.push_back("10.0." + std::to_string(index / 250) + "." + std::to_string(index % 250));
        many += (many.empty() ? "" : ", ") + expected.back();
    }
    server.load(
        table(set("n_1_0_4", "ipv4_addr", "a.example.org",
                  "192.0.2.9 expires 1h, 192.0.2.1 timeout 30s, 192.0.2.5") +
              set("n_1_0_6", "ipv6_addr", "a.example.org", "2001:db8::2, ::1") +
              set("n_2_0_4", "ipv4_addr", "many.example.org", many, large) +
              set("n_3_0_6", "ipv6_addr", "none.example.org", "") +
              set("n_4_0_4", "ipv4_addr", "*", "192.0.2.1") +         // no name
              set("n_5_0_4", "inet_service", "b.example.org", "80") + // no addresses
              set("x_6_0_4", "ipv4_addr", "c.example.org", "192.0.2.1") +
              set("n_7_0_4", "ipv4_addr . inet_service", "d.example.org", "192.0.2.1 . 80") +
              "set n_8_0_4 { type ipv4_addr; flags timeout,interval; timeout 1h; comment \"e.example.org\"; "
              "elements = { 192.0.2.0/24 }; }\n"
              "set n_9_0_4 { type ipv4_addr; comment \"f.example.org\"; elements = { 192.0.2.1 }; }\n"
              "map n_a_0_4 { type ipv4_addr : mark; flags timeout; timeout 1h; comment \"g.example.org\"; "
              "elements = { 192.0.2.1 : 1 }; }\n"
              "set n_b_0_4 { type ipv4_addr; flags timeout; timeout 1h; }\n" // no comment
              "chain c { ip daddr { 192.0.2.1, 192.0.2.2 } accept; }\n"));
    const auto sets = firewall::read_name_sets();
    REQUIRE(sets.size() == 4);
    CHECK(sets[0].set == "n_1_0_4");
    CHECK(sets[0].name == "a.example.org");
    CHECK(sets[0].family == model::Family::ipv4);
    CHECK(sets[0].timeout == timeout);
    CHECK(texts(sets[0]) == std::vector<std::string>{"192.0.2.1", "192.0.2.5", "192.0.2.9"});
    CHECK(left_of(sets[0], "192.0.2.1") <= 30s);
    CHECK(left_of(sets[0], "192.0.2.5") > 71h);
    CHECK(left_of(sets[0], "192.0.2.9") > 0s);
    CHECK(left_of(sets[0], "192.0.2.9") <= 1h);
    CHECK(sets[1].set == "n_1_0_6");
    CHECK(sets[1].family == model::Family::ipv6);
    CHECK(texts(sets[1]) == std::vector<std::string>{"::1", "2001:db8::2"});
    CHECK(texts(sets[2]) == expected);
    CHECK(sets[3].name == "none.example.org");
    CHECK(sets[3].elements.empty());

    std::map<std::string, unsigned> asked;
    const auto wanted = firewall::read_name_sets([&asked](const std::string& name) {
        ++asked[name];
        return name == "none.example.org";
    });
    REQUIRE(wanted.size() == 1);
    CHECK(wanted[0].set == "n_3_0_6");
    CHECK(asked.size() == 3);
}

TEST_CASE("what is filled in has the whole timeout, also what was there, on every kernel") {
    const Server server;
    const auto check = [&server] {
        server.load(table(set("n_1_0_4", "ipv4_addr", "a.example.org",
                              "192.0.2.1 expires 1h, 192.0.2.2 expires 1h, 192.0.2.4 timeout 2h") +
                          set("n_1_0_6", "ipv6_addr", "a.example.org", "2001:db8::1 expires 1h")));
        const auto before = firewall::read_name_sets();
        REQUIRE(before.size() == 2);
        const auto found =
            addresses({"192.0.2.2", "192.0.2.3", "192.0.2.3", "192.0.2.4", "2001:db8::1", "2001:db8::2"});
        firewall::fill({{before[0], found}, {before[1], found}});
        const auto after = firewall::read_name_sets();
        REQUIRE(after.size() == 2);
        CHECK(texts(after[0]) ==
              std::vector<std::string>{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"});
        CHECK(left_of(after[0], "192.0.2.1") <= 1h);
        CHECK(left_of(after[0], "192.0.2.2") > 71h);
        CHECK(left_of(after[0], "192.0.2.3") > 71h);
        CHECK(left_of(after[0], "192.0.2.4") > 71h);
        CHECK(texts(after[1]) == std::vector<std::string>{"2001:db8::1", "2001:db8::2"});
        CHECK(left_of(after[1], "2001:db8::1") > 71h);
        CHECK(left_of(after[1], "2001:db8::2") > 71h);
        firewall::fill({{after[0], found}, {after[1], found}});
    };
    check();
    const OlderLinux older;
    check();
}

TEST_CASE("a transaction of thousands of elements is taken whole, and one that fails changes nothing") {
    const Server server;
    server.load(table(set("n_1_0_6", "ipv6_addr", "a.example.org", "", large) +
                      set("n_2_0_4", "ipv4_addr", "b.example.org", "192.0.2.1")));
    std::vector<model::Address> many;
    for (unsigned index = 0; index < 20'000; ++index) {
        many.push_back(*model::Address::parse("2001:db8::" + std::to_string(index / 10'000) + ":" +
                                              std::to_string(index % 10'000)));
    }
    const auto before = firewall::read_name_sets();
    REQUIRE(before.size() == 2);
    firewall::fill({{before[0], many}});
    std::sort(many.begin(), many.end());
    CHECK(firewall::read_name_sets().at(0).elements == many);

    server.nft("delete set inet fwlearn n_1_0_6");
    CHECK_THROWS_AS(firewall::fill({{before[1], addresses({"192.0.2.2"})}, {before[0], many}}),
                    model::SystemError);
    CHECK(texts(firewall::read_name_sets().at(0)) == std::vector<std::string>{"192.0.2.1"});
}

TEST_CASE("what goes on of other sets has the time that was left, and what a set holds stays as it is") {
    const Server server;
    server.load(
        table(set("n_1_0_4", "ipv4_addr", "a.example.org", "192.0.2.1 expires 3h, 192.0.2.2 expires 2h")));
    const auto before = firewall::read_name_sets();
    server.load(table("set n_2_0_4 { type ipv4_addr; flags timeout; timeout 150m; comment \"a.example.org\"; "
                      "elements = { 192.0.2.2 expires 1h }; }\n" +
                      set("n_3_0_4", "ipv4_addr", "a.example.org", "")));
    firewall::carry_over(before, everything);
    const auto after = firewall::read_name_sets();
    REQUIRE(after.size() == 2);
    CHECK(texts(after[0]) == std::vector<std::string>{"192.0.2.1", "192.0.2.2"});
    CHECK(left_of(after[0], "192.0.2.1") > 2h); // no longer than the new set's
    CHECK(left_of(after[0], "192.0.2.1") <= 150min);
    CHECK(left_of(after[0], "192.0.2.2") <= 1h); // as it was
    CHECK(left_of(after[1], "192.0.2.1") > 2h);
    CHECK(left_of(after[1], "192.0.2.1") <= 3h);
}

TEST_CASE("a whitelist that goes and comes back while sets are read is not mixed with the one between") {
    const Server server;
    const auto whitelist = [](const std::string& network) {
        return table(set("n_1_0_4", "ipv4_addr", "a.example.org", network + "1") +
                     set("n_2_0_4", "ipv4_addr", "b.example.org", network + "2"));
    };
    const auto one = whitelist("192.0.2.");
    server.load(one);
    unsigned asked = 0;
    const auto sets = firewall::read_name_sets([&](const std::string&) {
        if (asked < 2) {
            server.load(asked == 0 ? whitelist("198.51.100.") : one);
        }
        ++asked;
        return true;
    });
    REQUIRE(sets.size() == 2);
    CHECK(texts(sets[0]) == std::vector<std::string>{"192.0.2.1"});
    CHECK(texts(sets[1]) == std::vector<std::string>{"192.0.2.2"});
}

TEST_CASE("while whitelists are exchanged, every set is read with what is its own name's") {
    const Server server;
    constexpr unsigned sets = 100;
    const auto whitelist = [](const std::string& name, const std::string& network) {
        std::string text;
        for (unsigned index = 0; index < sets; ++index) {
            text +=
                set("n_" + std::to_string(index) + "_0_4", "ipv4_addr", name,
                    std::string(network).append(std::to_string(index)).append(", ").append(network) + "200");
        }
        return table(text);
    };
    const auto one = whitelist("one.example.org", "192.0.2.");
    const auto other = whitelist("other.example.org", "198.51.100.");
    server.load(one);
    std::atomic<bool> done = false;
    std::jthread exchange([&] {
        for (unsigned turn = 0; turn < 40; ++turn) {
            server.load(turn % 2 == 0 ? other : one);
        }
        done = true;
    });
    unsigned wrong = 0;
    do { // NOLINT: once at least
        const auto read = firewall::read_name_sets();
        wrong += read.size() == sets ? 0 : 1;
        for (const auto& set : read) {
            const std::string network = set.name == "one.example.org" ? "192.0.2." : "198.51.100.";
            const auto& elements = texts(set);
            wrong += elements.size() == 2 &&
                             std::all_of(elements.begin(), elements.end(),
                                         [&](const auto& text) { return text.starts_with(network); })
                         ? 0
                         : 1;
        }
    } while (!done);
    exchange.join();
    CHECK(wrong == 0);
}
