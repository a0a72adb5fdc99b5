// The package on a server that runs: systemd starts what it installs, an upgrade goes on observing, and a
// purge while it observes leaves nothing behind.
#include <box.hpp>
#include <doctest/doctest.h>
#include <ground/responder.hpp>
#include <nlohmann/json.hpp>

#include <set>
#include <sstream>

using namespace fwlearn::kernel_test;

namespace {

namespace fs = std::filesystem;

/// The newest package, and the same with a lower number, where the box sees them.
class Packages {
  public:
    Packages() {
        for (const auto& entry : fs::directory_iterator(FWLEARN_PACKAGE)) {
            const auto name = entry.path().filename().string();
            if (name.starts_with("fwlearn_") && name.ends_with(".deb")) {
                fs::copy_file(entry.path(), folder_.path() / "new.deb");
            }
        }
        must_run(
            {FWLEARN_OLDER, (folder_.path() / "new.deb").string(), (folder_.path() / "old.deb").string()});
    }
    [[nodiscard]] Bind bind() const { return {folder_.path(), "/exchange"}; }

  private:
    TemporaryDirectory folder_;
};

class Server {
  public:
    Server() : layer_(FWLEARN_BOX_IMAGE) {
        forget_what_the_image_has();
        box_ = std::make_unique<Box>(lab_, layer_, std::vector<Bind>{packages_.bind()});
    }

    std::string run(const std::vector<std::string>& command) const { return box_->run(command); }
    /// Both outputs, whatever it exits with.
    std::string shell(const std::string& command) const {
        return box_->run({"sh", "-c", command + " 2>&1 || true"});
    }
    std::string install(const std::string& package) const {
        return run(
            {"env", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive", "dpkg", "-i", "/exchange/" + package});
    }
    std::string observer() const {
        return run({"systemctl", "show", "--property=MainPID", "--value", "fwlearn-observe"});
    }
    /// A service sends to this port.
    void send_to(const std::string& port) const {
        run({"systemd-run", "--quiet", "--wait", "bash", "-c", "exec 3<>/dev/tcp/203.0.113.99/" + port});
    }
    std::set<int> recorded_ports() const {
        std::set<int> ports;
        std::istringstream lines(run({"fwlearn", "flows", "--json", "--dest", "203.0.113.99"}));
        for (std::string line; std::getline(lines, line);) {
            ports.insert(nlohmann::json::parse(line).at("port").get<int>());
        }
        return ports;
    }
    /// What there is of it, in files, accounts, units, processes and rules.
    std::string remains() const {
        return shell("find / -xdev -name '*fwlearn*'; getent passwd fwlearn; getent group fwlearn; "
                     "systemctl list-units --all --plain --no-legend 'fwlearn*'; "
                     "systemctl list-unit-files --no-legend 'fwlearn*'; pgrep -l fwlearn; nft list tables");
    }

  private:
    /// Other tests bind the program and its unit into it; here they come with the package.
    void forget_what_the_image_has() const {
        const auto units = layer_.root() / "etc/systemd/system";
        fs::remove_all(units / "fwlearn-observe.service.d");
        fs::remove(units / "multi-user.target.wants/fwlearn-observe.service");
        must_run({"chroot", layer_.root().string(), "userdel", "fwlearn"});
    }

    Lab lab_;
    Responder responder_{lab_};
    Packages packages_;
    Layer layer_;
    std::unique_ptr<Box> box_;
};

} // namespace

TEST_CASE("installed, started, upgraded and purged while it observes") {
    const Server server;
    REQUIRE(server.remains().empty());

    server.install("old.deb");
    CHECK(server.shell("systemctl is-active fwlearn-observe") == "inactive\n");
    CHECK(server.shell("systemctl is-enabled fwlearn-observe") == "disabled\n");
    CHECK(server.run({"nft", "list", "tables"}).empty());

    server.run({"systemctl", "enable", "--now", "fwlearn-observe"});
    REQUIRE(server.run({"systemctl", "is-active", "fwlearn-observe"}) == "active\n");
    CHECK(server.run({"nft", "list", "tables"}) == "table inet fwlearn_observe\n");
    const auto refusal = server.shell("fwlearn observe --duration 1s");
    CHECK(refusal.starts_with("fwlearn: /var/lib/fwlearn/flows.db belongs to the user fwlearn"));
    CHECK(refusal.find("systemctl start fwlearn-observe") != std::string::npos);
    server.send_to("5001");
    const auto before = server.observer();

    // What an upgrade starts anew reads what was configured since, of which the unit may not do everything.
    server.shell("printf '[observe]\\naccounting = true\\n' >/etc/fwlearn/fwlearn.d/10-here.toml");
    server.install("new.deb");
    CHECK(server.run({"dpkg-query", "-W", "-f", "${Version}\n", "fwlearn"}) != "0.0.1~older\n");
    CHECK(server.run({"systemctl", "is-active", "fwlearn-observe"}) == "active\n");
    CHECK(server.run({"systemctl", "is-enabled", "fwlearn-observe"}) == "enabled\n");
    CHECK(server.shell("journalctl --no-pager -o cat -u fwlearn-observe")
              .find("\nfwlearn: packets and bytes are not counted: ") != std::string::npos);
    CHECK(server.observer() != before); // the new program observes, and what the old one saw is stored
    CHECK(server.recorded_ports() == std::set<int>{5001});

    server.send_to("5002");
    server.run({"systemctl", "restart", "fwlearn-observe"}); // stores it now
    CHECK(server.recorded_ports() == std::set<int>{5001, 5002});

    REQUIRE(server.run({"systemctl", "is-active", "fwlearn-observe"}) == "active\n");
    server.run({"dpkg", "--purge", "fwlearn"});
    CHECK(server.remains() == "");
}
