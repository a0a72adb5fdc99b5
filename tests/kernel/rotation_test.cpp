// Does a whitelist that was learned in one week let the next week's addresses of the same names through?
#include "ground/asking.hpp"
#include "ground/observing.hpp"
#include "ground/responder.hpp"

#include <firewall/name_sets.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using namespace std::chrono_literals;

namespace {

model::Address internet(unsigned index) {
    return Lab::internet_address(model::Family::ipv4, index);
}

/// A name that shows a few of its addresses a day, and others the next day.
struct Service {
    std::string name;
    unsigned first = 0; ///< of its addresses
    unsigned all = 0;   ///< how many it has
    unsigned a_day = 0; ///< how many of them it shows
    std::uint16_t port = 0;
    std::uint32_t uid = 0;

    [[nodiscard]] std::vector<model::Address> on(unsigned day) const {
        std::vector<model::Address> shown;
        for (unsigned index = 0; index < a_day; ++index) {
            shown.push_back(internet(first + (day * a_day + index) % all));
        }
        return shown;
    }
};

const std::vector<Service>& services() {
    static const std::vector<Service> list{
        {"cdn.example.org", 0, 40, 2, ports::answering, 33},
        {"api.example.com", 40, 60, 3, ports::answering + 1, 34},
        {"pool.example.net", 100, 120, 4, ports::answering + 2, 35},
    };
    return list;
}

constexpr unsigned learned_days = 7;
/// The CDN has no more days without an address that was seen in the week.
constexpr unsigned new_days = 13;

/// A caching name server on the server itself, as many have it.
class LocalResolver {
  public:
    LocalResolver(const Lab& lab, const NameServer& upstream, const std::string& configuration) {
        const auto file = directory_.path() / "dnsmasq.conf";
        std::ofstream(file) << "no-resolv\nno-hosts\nlisten-address=127.0.0.1\nbind-interfaces\nuser=root\n"
                               "group=root\nkeep-in-foreground\npid-file=\ncache-size=0\nserver="
                            << upstream.address().to_string() << "\n"
                            << configuration;
        process_ = std::make_unique<Process>(
            std::vector<std::string>{"dnsmasq", "--conf-file=" + file.string(), "--log-facility=-"},
            Setting{.netns = lab.server().name()});
        const ResolvConf conf(*model::Address::parse("127.0.0.1"));
        for (int tries = 0; tries < 200; ++tries) {
            if (ask(lab, FWLEARN_ASKER, conf, 0, {{"ready.example.org", ports::answering}}).at(0).outcome !=
                "unresolved") {
                return;
            }
        }
        throw std::runtime_error("dnsmasq does not answer: " + process_->err());
    }

  private:
    TemporaryDirectory directory_;
    std::unique_ptr<Process> process_;
};

/// One server that was observed for a week, and its whitelists.
class Week {
  public:
    Week()
        : responder_(lab_), upstream_(lab_, internet(510)),
          resolv_conf_(*model::Address::parse("127.0.0.1")) {
        upstream_.set("ready.example.org", {internet(300)});
        const LocalResolver resolver(lab_, upstream_, "");
        Observing observing(lab_, FWLEARN_PROGRAM, database(), resolv_conf_.through());
        for (unsigned day = 0; day < learned_days; ++day) {
            show(day);
            for (const auto& service : services()) {
                ask_for(service, service.a_day);
            }
        }
        // Somebody else's name, on an address of the CDN's and on one of its own.
        upstream_.set("neighbour.example.org", {services()[0].on(0).front()});
        ask(lab_, FWLEARN_ASKER, resolv_conf_, 40, {{"neighbour.example.org", ports::answering}});
        REQUIRE(observing.stop() == 0);
    }

    void show(unsigned day) {
        for (const auto& service : services()) {
            upstream_.set(service.name, service.on(day), 1);
        }
    }
    std::vector<Asked> ask_for(const Service& service, unsigned times) {
        return ask(lab_, FWLEARN_ASKER, resolv_conf_, service.uid,
                   std::vector<Question>(times, {service.name, service.port}));
    }
    std::string suggest(const std::vector<std::string>& options) {
        std::vector<std::string> command{FWLEARN_PROGRAM, "--db", database().string(), "suggest",
                                         "--selector",    "uid",  "--include-sessions"};
        command.insert(command.end(), options.begin(), options.end());
        return must_run(command);
    }
    void load(const std::string& whitelist) {
        must_run({"nft", "-f", "-"}, {.netns = lab_.server().name(), .input = whitelist});
    }

    /// First connections to addresses that the week never saw, until there are so many: how many passed.
    /// `before` is called when the names have moved on.
    template <typename Before>
    std::size_t passed(std::size_t wanted, const std::string& whitelist, const Before& before) {
        std::size_t tried = 0;
        std::size_t ok = 0;
        while (tried < wanted) {
            load(whitelist);
            for (unsigned day = 0; day < new_days && tried < wanted; ++day) {
                show(learned_days + day);
                before(learned_days + day);
                for (const auto& service : services()) {
                    for (const auto& asked : ask_for(service, service.a_day)) {
                        tried += 1;
                        ok += asked.outcome == "ok" ? 1 : 0;
                    }
                }
            }
        }
        MESSAGE(ok, " of ", tried, " first connections to new addresses passed");
        return tried - ok;
    }

    const Lab& lab() { return lab_; }
    NameServer& upstream() { return upstream_; }
    const ResolvConf& resolv_conf() { return resolv_conf_; }
    std::filesystem::path database() { return directory_.path() / "flows.db"; }

  private:
    const Lab lab_;
    const Responder responder_;
    NameServer upstream_;
    const ResolvConf resolv_conf_;
    const TemporaryDirectory directory_;
};

bool full() {
    return std::getenv("FWLEARN_FULL") != nullptr;
}

/// dnsmasq fills the sets before whoever asked has the answer.
void by_dnsmasq(Week& week, const std::string& whitelist) {
    week.load(whitelist);
    const LocalResolver resolver(week.lab(), week.upstream(), week.suggest({"-o", "dnsmasq"}));
    CHECK(week.passed(FWLEARN_FEW ? 100 : 1000, whitelist, [](unsigned) {}) == 0);
    // A neighbour on the CDN, whom this process never asked for: denied where the address is his own.
    week.load(whitelist);
    week.upstream().set("neighbour.example.org", {internet(301)});
    const auto stranger = ask(week.lab(), FWLEARN_ASKER, week.resolv_conf(), services()[0].uid,
                              {{"neighbour.example.org", services()[0].port}});
    CHECK(stranger.at(0).outcome == "refused");
    // ... and where it is shared, the rule says so.
    CHECK(whitelist.find("addresses also serve neighbour.example.org") != std::string::npos);
}

void by_refresh(Week& week, const std::string& whitelist) {
    const auto refresh_rounds = std::size_t{full() ? 1000U : 100U};
    const LocalResolver resolver(week.lab(), week.upstream(), "");
    week.load(whitelist);
    Notification notification;
    auto command = week.resolv_conf().through();
    command.insert(command.end(), {FWLEARN_PROGRAM, "refresh", "--watch"});
    Process watch(command, Setting{.netns = week.lab().server().name(),
                                   .environment = {{"NOTIFY_SOCKET", notification.path()}}});
    notification.wait_until_ready(watch);
    const auto refreshed = [&](unsigned day) {
        std::set<model::Address> wanted;
        for (const auto& service : services()) {
            const auto shown = service.on(day);
            wanted.insert(shown.begin(), shown.end());
        }
        for (;;) { // every time it says that it has filled some sets
            const Inside inside(week.lab().server());
            auto missing = wanted;
            for (const auto& set : firewall::read_name_sets()) {
                for (const auto& element : set.elements) {
                    missing.erase(element);
                }
            }
            if (missing.empty()) {
                // A day is longer than the second of its TTL: who has others whenever it is asked for is
                // asked more rarely. What is said meanwhile has to be read, or nothing more is asked.
                const auto end_of_day = std::chrono::steady_clock::now() + 2s;
                while (std::chrono::steady_clock::now() < end_of_day) {
                    notification.next(watch);
                }
                return;
            }
            notification.next(watch);
        }
    };
    CHECK(week.passed(refresh_rounds, whitelist, refreshed) <= refresh_rounds / 1000);
    watch.signal(SIGTERM);
    CHECK(watch.wait() == 0);
}

void by_address(Week& week) {
    const LocalResolver resolver(week.lab(), week.upstream(), "");
    const auto by_address = week.suggest({"-o", "nft", "--by", "address"});
    CHECK(week.passed(100, by_address, [](unsigned) {}) >= 100);
}

/// Who asked, what was answered, when, and how many addresses there were.
void explained(Week& week, const std::string& whitelist) {
    const auto at = whitelist.find(" uid 33 tcp/5000 by name");
    REQUIRE(at != std::string::npos);
    const auto id = whitelist.substr(at - 12, 12);
    const auto why = must_run({FWLEARN_PROGRAM, "--db", week.database().string(), "explain", id});
    CAPTURE(why);
    CHECK(why.find("name      cdn.example.org: 14 addresses so far") != std::string::npos);
    CHECK(why.find("asked by  " FWLEARN_ASKER) != std::string::npos);
    CHECK(why.find("to be kept for 1 s at most") != std::string::npos);
    for (unsigned day = 0; day < learned_days; ++day) {
        for (const auto& address : services()[0].on(day)) {
            CHECK(why.find(" " + address.to_string()) != std::string::npos);
        }
    }
}

/// A refresh that cannot resolve keeps what is there, and says so.
void unresolved(Week& week, const std::string& whitelist) {
    week.load(whitelist);
    const Inside inside(week.lab().server());
    const auto before = firewall::read_name_sets();
    REQUIRE(before.size() == 8); // four names, two IP versions
    auto command = week.resolv_conf().through();
    command.insert(command.end(), {FWLEARN_PROGRAM, "refresh"}); // nobody answers on 127.0.0.1
    Process refresh(command, Setting{.netns = week.lab().server().name()});
    CHECK(refresh.wait() == 1);
    CHECK(refresh.err().find("cdn.example.org could not be resolved") != std::string::npos);
    const auto after = firewall::read_name_sets();
    REQUIRE(after.size() == before.size());
    for (std::size_t index = 0; index < before.size(); ++index) {
        CHECK(after[index].elements == before[index].elements);
        CHECK(after[index].name == before[index].name);
    }
}

} // namespace

TEST_CASE("a week's names let the next addresses through by dnsmasq and by refresh, its addresses do not") {
    Week week; // observed once, for all that is asked of it
    const auto whitelist = week.suggest({"-o", "nft"});
    explained(week, whitelist);
    by_dnsmasq(week, whitelist);
    by_refresh(week, whitelist);
    by_address(week);
    unresolved(week, whitelist);
}
