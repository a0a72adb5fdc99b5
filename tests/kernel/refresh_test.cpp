// What does refresh make of name servers that fail, that are silent, and that answer with what no name should
// stand for?
#include "ground/asking.hpp"
#include "ground/notification.hpp"
#include "ground/observing.hpp"

#include <firewall/name_sets.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <fstream>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t type_a = 1;

model::Address address(const std::string& text) {
    return *model::Address::parse(text);
}

std::vector<model::Address> addresses(const std::vector<std::string>& texts) {
    std::vector<model::Address> result;
    std::transform(texts.begin(), texts.end(), std::back_inserter(result), address);
    return result;
}

/// A set of a name in the loaded whitelist.
struct Held {
    std::string set, name, elements;
};

/// A server with a whitelist of sets alone, and the name server that it asks.
class World {
  public:
    World() : names_(lab_, Lab::internet_address(model::Family::ipv4, 510)), resolv_conf_(names_.address()) {}

    NameServer& names() { return names_; }

    void load(const std::vector<Held>& sets) {
        std::string text = "table inet fwlearn { }\ndelete table inet fwlearn\ntable inet fwlearn {\n";
        for (const auto& [set, name, elements] : sets) {
            text += "set " + set + " { type ipv" + set.back() +
                    "_addr; flags timeout; timeout 72h; comment \"" + name + "\";" +
                    (elements.empty() ? "" : " elements = { " + elements + " };") + " }\n";
        }
        must_run({"nft", "-f", "-"}, {.netns = server(), .input = text + "}\n"});
    }

    /// The program with resolv.conf(5) of ours, and perhaps hosts(5).
    [[nodiscard]] std::vector<std::string> refresh(const std::vector<std::string>& options) const {
        auto command = resolv_conf_.through();
        command.insert(command.end(), {FWLEARN_PROGRAM, "refresh"});
        command.insert(command.end(), options.begin(), options.end());
        return command;
    }
    [[nodiscard]] Result refresh_once() const { return run(refresh({}), {.netns = server()}); }

    [[nodiscard]] firewall::NameSet set(const std::string& name) const {
        const Inside inside(lab_.server());
        for (const auto& set : firewall::read_name_sets()) {
            if (set.set == name) {
                return set;
            }
        }
        throw std::runtime_error("no set " + name);
    }
    [[nodiscard]] std::vector<model::Address> in(const std::string& name) const { return set(name).elements; }
    /// How long the kernel keeps what is in the set, of that which it keeps the shortest.
    [[nodiscard]] std::chrono::seconds left_in(const std::string& name) const {
        const auto left = set(name).left;
        return left.empty() ? 0s : *std::min_element(left.begin(), left.end());
    }

    [[nodiscard]] const Lab& lab() const { return lab_; }
    [[nodiscard]] std::string server() const { return lab_.server().name(); }

  private:
    const Lab lab_;
    NameServer names_;
    const ResolvConf resolv_conf_;
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE(
    "what was not answered with addresses keeps those that it has, for each IP version, and it is said") {
    World world;
    world.load({{"n_1_0_4", "gone.example.org", "192.0.2.1 expires 1h"},
                {"n_1_0_6", "gone.example.org", "2001:db8::1 expires 1h"},
                {"n_2_0_4", "half.example.org", "192.0.2.2 expires 1h"},
                {"n_2_0_6", "half.example.org", "2001:db8::2 expires 1h"},
                {"n_3_0_4", "six.example.org", "192.0.2.3 expires 1h"},
                {"n_3_0_6", "six.example.org", ""},
                {"n_4_0_4", "moved.example.org", "192.0.2.4 expires 1h"}});
    world.names().set("half.example.org", addresses({"192.0.2.2", "2001:db8::12"}));
    world.names().fail("half.example.org", type_a);
    world.names().set("six.example.org", addresses({"2001:db8::3"}));
    world.names().set("moved.example.org", addresses({"192.0.2.5"}));
    const auto done = world.refresh_once();
    CAPTURE(done.err);
    CHECK(done.status == 1);
    CHECK(has(done.out, "2 names refreshed, 2 could not be resolved"));
    CHECK(has(done.err, "gone.example.org does not exist (NXDOMAIN)"));
    CHECK(world.left_in("n_1_0_4") > 71h);
    CHECK(world.left_in("n_1_0_6") > 71h);
    CHECK(has(done.err, "half.example.org could not be resolved over IPv4"));
    CHECK(world.left_in("n_2_0_4") > 71h);
    CHECK(world.in("n_2_0_6") == addresses({"2001:db8::2", "2001:db8::12"}));
    CHECK_FALSE(has(done.err, "six.example.org"));
    CHECK(world.left_in("n_3_0_4") > 71h);
    CHECK(world.in("n_3_0_6") == addresses({"2001:db8::3"}));
    CHECK(world.in("n_4_0_4") == addresses({"192.0.2.4", "192.0.2.5"}));
    CHECK(world.left_in("n_4_0_4") <= 1h); // it was answered, and not with this one
}

TEST_CASE("names that nobody answers for keep neither others nor systemd waiting") {
    World world;
    std::vector<Held> sets{{"n_9_0_4", "live.example.org", "192.0.2.1"}};
    for (const std::string index : {"1", "2", "3"}) {
        const auto name = "dead" + index + ".example.org";
        world.names().silence(name);
        sets.push_back({"n_" + index + "_0_4", name, "192.0.2.9 expires 1h"});
    }
    world.load(sets);
    world.names().set("live.example.org", addresses({"192.0.2.2"}), 1);
    Notification notification;
    const auto began = Clock::now();
    Process watch(world.refresh({"--watch"}),
                  {.netns = world.server(), .environment = {{"NOTIFY_SOCKET", notification.path()}}});
    notification.wait_until_ready(watch);
    CHECK(Clock::now() - began < 3s);
    const auto within = [&](std::chrono::seconds limit, const model::Address& wanted) {
        const auto start = Clock::now();
        while (Clock::now() - start < limit) {
            const auto elements = world.in("n_9_0_4");
            if (std::find(elements.begin(), elements.end(), wanted) != elements.end()) {
                return true;
            }
            notification.next(watch);
        }
        return false;
    };
    CHECK(within(20s, address("192.0.2.2"))); // the dead come first, once: it is not known that they are
    CHECK(world.left_in("n_1_0_4") > 71h);
    world.names().set("live.example.org", addresses({"192.0.2.3"}), 1);
    CHECK(within(3s, address("192.0.2.3")));
    watch.signal(SIGTERM);
    CHECK(watch.wait(10s) == 0);
}

TEST_CASE(
    "a name server that says nothing over TCP keeps neither other names nor what it said from being used") {
    World world;
    world.load({{"n_1_0_4", "large.example.org", "192.0.2.9 expires 1h"},
                {"n_2_0_4", "half.example.org", ""},
                {"n_2_0_6", "half.example.org", "2001:db8::9 expires 1h"},
                {"n_3_0_4", "other.example.org", ""}});
    world.names().truncate_beyond(1);
    world.names().be_mute_over_tcp();
    world.names().set("large.example.org", addresses({"192.0.2.1", "192.0.2.2"}));
    world.names().set("half.example.org", addresses({"192.0.2.3", "2001:db8::1", "2001:db8::2"}));
    world.names().set("other.example.org", addresses({"192.0.2.4"}));
    const auto done = world.refresh_once();
    CAPTURE(done.err);
    CHECK(done.status == 1);
    CHECK(has(done.out, "1 name refreshed, 2 could not be resolved"));
    CHECK(has(done.err, "large.example.org could not be resolved: its addresses stay as they are"));
    CHECK(world.in("n_1_0_4") == addresses({"192.0.2.9"}));
    CHECK(world.left_in("n_1_0_4") > 71h);
    CHECK(has(done.err, "half.example.org could not be resolved over IPv6"));
    CHECK(world.in("n_2_0_4") == addresses({"192.0.2.3"}));
    CHECK(world.left_in("n_2_0_6") > 71h);
    CHECK(world.in("n_3_0_4") == addresses({"192.0.2.4"}));
}

TEST_CASE("no answer opens this host, its networks or its cloud's credentials") {
    World world;
    world.load({{"n_1_0_4", "rebound.example.org", "192.0.2.1 expires 1h"},
                {"n_1_0_6", "rebound.example.org", "2001:db8::1 expires 1h"},
                {"n_2_0_4", "inside.example.org", "10.0.0.1 expires 1h, 127.0.0.1 expires 1h"},
                {"n_2_0_6", "inside.example.org", ""},
                {"n_3_0_4", "mixed.example.org", "192.0.2.3 expires 1h"}});
    world.names().set("rebound.example.org",
                      addresses({"169.254.169.254", "127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
                                 "10.0.0.9", "fe80::1", "::1", "fd00:ec2::254", "fd12::1"}));
    world.names().set("inside.example.org", addresses({"10.0.0.2", "127.0.0.1", "fd12::2"}));
    world.names().set("mixed.example.org", addresses({"192.0.2.4", "10.0.0.9"}));
    const auto done = world.refresh_once();
    CAPTURE(done.err);
    CHECK(done.status == 0);
    CHECK(has(done.err,
              "rebound.example.org: answers with 0.0.0.0, which is an unspecified address: not added"));
    CHECK(done.err.find("rebound") == done.err.rfind("rebound")); // once
    CHECK(world.in("n_1_0_4") == addresses({"192.0.2.1"}));
    CHECK(world.left_in("n_1_0_4") > 71h);
    CHECK(world.in("n_1_0_6") == addresses({"2001:db8::1"}));
    CHECK(world.in("n_2_0_4") == addresses({"10.0.0.1", "10.0.0.2", "127.0.0.1"}));
    CHECK(world.left_in("n_2_0_4") <= 1h); // 127.0.0.1 is from before, and goes
    CHECK(world.in("n_2_0_6") == addresses({"fd12::2"}));
    CHECK(has(done.err, "mixed.example.org: answers with 10.0.0.9, which is a private address"));
    CHECK(world.in("n_3_0_4") == addresses({"192.0.2.3", "192.0.2.4"}));
}

TEST_CASE("a name's owner fills its set to a limit, and keeps no other name from being filled") {
    World world;
    std::string many;
    std::vector<std::string> answered;
    for (unsigned index = 0; index < 250; ++index) {
        many += (many.empty() ? "" : ", ") + std::string("192.0.2.") + std::to_string(index) + " expires 1h";
    }
    for (unsigned index = 0; index < 100; ++index) {
        answered.push_back("198.51.100." + std::to_string(index));
    }
    world.load({{"n_1_0_4", "crowd.example.org", many},
                {"n_2_0_4", "new.example.org", ""},
                {"n_3_0_4", "other.example.org", ""}});
    for (const auto* name : {"crowd.example.org", "new.example.org"}) {
        world.names().set(name, addresses(answered));
    }
    world.names().set("other.example.org", addresses({"192.0.2.1"}));
    const auto done = world.refresh_once();
    CAPTURE(done.err);
    CHECK(done.status == 0);
    CHECK(has(done.err, "crowd.example.org: answers with more addresses than the 256 that a set may hold"));
    CHECK_FALSE(has(done.err, "new.example.org"));
    CHECK(world.in("n_1_0_4").size() == 256);
    CHECK(world.in("n_2_0_4").size() == 64);
    CHECK(world.in("n_3_0_4") == addresses({"192.0.2.1"}));
    answered.erase(answered.begin(), answered.begin() + 64); // of one answer no more is read
    world.names().set("new.example.org", addresses(answered));
    CHECK(world.refresh_once().status == 0);
    CHECK(world.in("n_1_0_4").size() == 256);
    CHECK(world.in("n_2_0_4").size() == 100);
}

TEST_CASE("a set that the kernel does not fill keeps no other from being filled") {
    World world;
    world.load({{"n_1_0_4", "other.example.org", ""}, {"n_2_0_4", "small.example.org", ""}});
    must_run({"nft", "-f", "-"},
             {.netns = world.server(),
              .input =
                  "delete set inet fwlearn n_2_0_4\nadd set inet fwlearn n_2_0_4 { type ipv4_addr; flags "
                  "timeout; timeout 72h; size 2; comment \"small.example.org\"; }\n"});
    world.names().set("other.example.org", addresses({"192.0.2.1"}));
    world.names().set("small.example.org", addresses({"192.0.2.1", "192.0.2.2", "192.0.2.3"}));
    const auto done = world.refresh_once();
    CAPTURE(done.err);
    CHECK(done.status == 1);
    CHECK(has(done.err, "small.example.org: cannot fill the sets"));
    CHECK(world.in("n_1_0_4") == addresses({"192.0.2.1"}));
}

TEST_CASE("what hosts(5) says of a name comes in as well: programs ask it first") {
    World world;
    world.load({{"n_1_0_4", "pinned.example.org", ""},
                {"n_1_0_6", "pinned.example.org", ""},
                {"n_2_0_4", "mute.example.org", ""},
                {"n_3_0_4", "commented.example.org", ""}});
    world.names().set("pinned.example.org", addresses({"192.0.2.1"}));
    world.names().set("commented.example.org", addresses({"192.0.2.3"}));
    world.names().silence("mute.example.org");
    const TemporaryDirectory directory;
    const auto hosts = (directory.path() / "hosts").string();
    std::ofstream(hosts) << "127.0.0.1 localhost\n"
                            "192.0.2.77 pinned Pinned.Example.org\n"
                            "2001:db8::77 pinned.example.org\n"
                            "192.0.2.78\tmute.example.org # 192.0.2.79 commented.example.org\n";
    std::vector<std::string> command{
        "unshare", "--mount", "sh", "-c", "mount --bind \"$1\" /etc/hosts && shift && exec \"$@\"",
        "sh",      hosts};
    const auto refresh = world.refresh({});
    command.insert(command.end(), refresh.begin(), refresh.end());
    const auto done = run(command, {.netns = world.server()});
    CAPTURE(done.err);
    CHECK(done.status == 0);
    CHECK(world.in("n_1_0_4") == addresses({"192.0.2.1", "192.0.2.77"}));
    CHECK(world.in("n_1_0_6") == addresses({"2001:db8::77"}));
    CHECK(world.in("n_2_0_4") == addresses({"192.0.2.78"}));
    CHECK(world.in("n_3_0_4") == addresses({"192.0.2.3"}));
}

TEST_CASE("what a rehearsal sends while somebody observes, the whitelist lets refresh send") {
    World world;
    world.names().set("host.example.org", addresses({"192.0.2.1"}));
    world.names().set("large.example.org", addresses({"192.0.2.2", "192.0.2.3"}));
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    Observing observing(world.lab(), FWLEARN_PROGRAM, database);
    const auto refused = world.refresh_once();
    CHECK(refused.status == 2);
    const auto rehearsed = run(world.refresh({"--rehearse"}), {.netns = world.server()});
    CHECK_MESSAGE(rehearsed.status == 0, rehearsed.err);
    CHECK(has(rehearsed.out, "the name servers were asked for localhost"));
    REQUIRE(observing.stop() == 0);
    const auto whitelist =
        must_run({FWLEARN_PROGRAM, "--db", database.string(), "suggest", "--selector", "uid", "-o", "nft"});
    CAPTURE(whitelist);
    must_run({"nft", "-f", "-"}, {.netns = world.server(), .input = whitelist});
    for (const std::string name : {"host", "large"}) {
        must_run({"nft", "add set inet fwlearn n_" + name +
                             " { type ipv4_addr; flags timeout; timeout 72h; "
                             "comment \"" +
                             name + ".example.org\"; }"},
                 {.netns = world.server()});
    }
    world.names().truncate_beyond(1);
    const auto done = run(world.refresh({"--rehearse"}), {.netns = world.server()});
    CHECK_MESSAGE(done.status == 0, done.err);
    CHECK(has(done.out, "2 names refreshed, 0 could not be resolved"));
    CHECK(world.in("n_host") == addresses({"192.0.2.1"}));
    CHECK(world.in("n_large") == addresses({"192.0.2.2", "192.0.2.3"})); // over TCP
}

TEST_CASE("a rehearsal that nobody answers says so, and one at a name server that is mute over TCP ends") {
    World world;
    world.names().silence("localhost");
    const auto silent = run(world.refresh({"--rehearse"}), {.netns = world.server()});
    CHECK(silent.status == 1);
    CHECK(has(silent.err, "no name server answers"));
    Notification notification;
    Process watch(world.refresh({"--watch", "--rehearse"}),
                  {.netns = world.server(), .environment = {{"NOTIFY_SOCKET", notification.path()}}});
    notification.wait_until_ready(watch);
    watch.signal(SIGTERM); // which it heeds between two questions
    CHECK(watch.wait() == 0);
    CHECK(has(watch.err(), "watching 0 names"));
    CHECK(has(watch.err(), "no name server answers"));
    CHECK(run(world.refresh({"--watch"}), {.netns = world.server()}).status == 2);
    World mute;
    mute.names().be_mute_over_tcp();
    CHECK(run(mute.refresh({"--rehearse"}), {.netns = mute.server()}).status == 0);
}
