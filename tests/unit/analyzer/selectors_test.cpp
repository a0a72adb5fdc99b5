#include "selectors.hpp"

#include <doctest/doctest.h>

using namespace fwlearn;
using analyzer::SelectorMode;
using model::ForeignText;
using model::SelectorKind;
using model::SocketOwner;

namespace {

std::string cgroup_of_unit(const char* cgroup) {
    const auto unit = analyzer::lasting_unit(ForeignText(cgroup));
    return unit ? unit->unit.raw_bytes() + " " + unit->cgroup.raw_bytes() : "none";
}

/// A record of who sends, one flow each.
class Senders {
  public:
    void add(const SocketOwner& owner, const char* cgroup, const char* exe,
             const char* creator_cgroup = nullptr) {
        model::Flow flow;
        flow.key.owner = owner;
        flow.key.destination.address = model::Address::v4(static_cast<std::uint32_t>(record_.flows.size()));
        flow.key.process = process(cgroup, exe);
        if (creator_cgroup != nullptr) {
            flow.key.creator = process(creator_cgroup, "/lib/systemd/systemd");
        }
        record_.flows.push_back(flow);
    }

    /// "uid 33", "unit cron.service", in the order in which they were added.
    [[nodiscard]] std::vector<std::string> selected(SelectorMode mode) const {
        const analyzer::Selectors selectors(record_, mode);
        std::vector<std::string> words;
        for (const auto& flow : record_.flows) {
            const auto& selector = selectors.all().at(selectors.of(flow.key));
            words.push_back(selector.kind == SelectorKind::unit     ? selector.unit.raw_bytes()
                            : selector.kind == SelectorKind::uid    ? std::to_string(selector.uid)
                            : selector.kind == SelectorKind::kernel ? "kernel"
                                                                    : "any");
        }
        return words;
    }

  private:
    model::ProcessId process(const char* cgroup, const char* exe) {
        model::Process process;
        process.exe = ForeignText(exe);
        process.cgroup = ForeignText(cgroup);
        process.unit = ForeignText(cgroup); // tells identities apart
        return record_.identities.add(process);
    }

    model::Record record_;
};

using Words = std::vector<std::string>;

} // namespace

TEST_CASE("a unit lasts where the system's manager starts it again under the same path") {
    CHECK(cgroup_of_unit("/system.slice/cron.service") == "cron.service system.slice/cron.service");
    CHECK(cgroup_of_unit("/system.slice/docker.service/worker/1") ==
          "docker.service system.slice/docker.service");
    CHECK(cgroup_of_unit("/system.slice/system-worker.slice/worker@5001.service") ==
          "worker@5001.service system.slice/system-worker.slice/worker@5001.service");
    CHECK(cgroup_of_unit("/shop.slice/a\\x2db.service") == "a\\x2db.service shop.slice/a\\x2db.service");
    for (const auto* none :
         {"", "/", "system.slice/cron.service", "/init.scope", "/user.slice/user-1000.slice/session-3.scope",
          "/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service",
          "/system.slice/run-u12.service", "/system.slice/docker-0123.scope",
          "/machine.slice/systemd-nspawn@web.service", "/docker/0123", "/system.slice/cr\"on.service",
          "/system.slice/cron .service", "/system.slice//cron.service", "/system.slice"}) {
        CAPTURE(std::string(none));
        CHECK(cgroup_of_unit(none) == "none");
    }
    CHECK(cgroup_of_unit(("/" + std::string(120, 'a') + ".service").c_str()) ==
          "none"); // no comment holds it
}

TEST_CASE("a user of its own selects a service; root and users of many are told apart by unit") {
    Senders senders;
    senders.add(SocketOwner::user(0, 0), "/system.slice/cron.service", "/usr/bin/curl");
    senders.add(SocketOwner::user(0, 0), "", "/usr/bin/curl");
    senders.add(SocketOwner::user(101, 101), "/system.slice/chrony.service", "/usr/sbin/chronyd");
    senders.add(SocketOwner::user(33, 33), "/system.slice/nginx.service", "/usr/sbin/nginx");
    senders.add(SocketOwner::user(33, 33), "/system.slice/php-fpm.service", "/usr/sbin/php-fpm");
    senders.add(SocketOwner::user(42, 42), "/system.slice/apt-daily.service", "/usr/lib/apt/methods/http");
    senders.add(SocketOwner::user(42, 42), "/system.slice/apt-upgrade.service", "/usr/lib/apt/methods/http");
    senders.add(SocketOwner::user(61184, 61184), "/system.slice/dynamic.service", "/opt/app");
    senders.add(SocketOwner::user(1000, 1000), "/user.slice/user-1000.slice/user@1000.service/x.service",
                "/x");
    senders.add(SocketOwner::kernel(), "", "");
    senders.add({}, "/system.slice/cron.service", "/usr/bin/curl");
    CHECK(senders.selected(SelectorMode::automatic) == Words{"cron.service", "0", "101", "nginx.service",
                                                             "php-fpm.service", "42", "42", "dynamic.service",
                                                             "1000", "kernel", "any"});
    CHECK(senders.selected(SelectorMode::uid) ==
          Words{"0", "0", "101", "33", "33", "42", "42", "61184", "1000", "kernel", "any"});
    CHECK(senders.selected(SelectorMode::unit) ==
          Words{"cron.service", "0", "chrony.service", "nginx.service", "php-fpm.service",
                "apt-daily.service", "apt-upgrade.service", "dynamic.service", "1000", "kernel", "any"});
    CHECK(senders.selected(SelectorMode::any) == Words(11, "any"));
}

TEST_CASE("the unit is the one in which the socket was made") {
    Senders senders;
    senders.add(SocketOwner::user(0, 0), "/system.slice/echo@1.service", "/usr/bin/echod",
                "/system.slice/inetd.service");
    CHECK(senders.selected(SelectorMode::automatic) == Words{"inetd.service"});
}
