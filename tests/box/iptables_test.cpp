// The way back that docs/whitelist.md gives to those who load the rules for iptables: run on a booted server
// as it is printed there, does it take the whitelist away, and only unless it is stopped?
#include "box.hpp"

#include <doctest/doctest.h>
#include <ground/responder.hpp>

#include <fstream>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

/// What root does on it is one flow.
constexpr const char* record =
    R"({"first_seen":"2026-01-01T00:00:00Z","last_seen":"2026-01-02T00:00:00Z","count":1,"answered":1,"replied":true,)"
    R"("protocol":"tcp","address":"203.0.113.1","port":5001,"attribution":"exact",)"
    R"("owner":{"kind":"user","uid":0,"gid":0},"process":{"exe":"/opt/box/send","uid":0},)"
    R"("task":{"kind":"unknown","name":""},"names":[]})"
    "\n";

constexpr const char* timer = "fwlearn-iptables-way-back.timer";

/// The commands of the section, with nothing left out, and the last one (which keeps it) apart.
std::pair<std::string, std::string> printed_commands() {
    std::ifstream page(FWLEARN_WHITELIST_PAGE);
    std::string commands;
    std::string last;
    bool inside = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("## ")) {
            inside = line == "## iptables and ip6tables";
        } else if (inside && line.starts_with("    sudo ")) {
            commands += last;
            last = line.substr(std::string_view("    sudo ").size()) + "\n";
        }
    }
    return {commands, last};
}

class Server {
  public:
    Server() : layer_(FWLEARN_BOX_IMAGE) {
        std::ofstream(layer_.root() / "root/record.jsonl") << record;
        box_ = std::make_unique<Box>(
            lab_, layer_,
            std::vector<Bind>{{FWLEARN_PROGRAM, "/usr/bin/fwlearn"}, {FWLEARN_BOX_SEND, "/opt/box/send"}});
        run("mkdir /var/lib/fwlearn && fwlearn import --format jsonl record.jsonl");
    }

    std::string run(const std::string& commands) const {
        return box_->run({"sh", "-c", "cd /root\n" + commands});
    }

    bool reaches(const std::string& address) const {
        return run("systemd-run --quiet --wait --collect /opt/box/send tcp " + address +
                   " 5001 >/dev/null 2>&1 && echo yes || echo no") == "yes\n";
    }

    std::string rules() const { return run("iptables -S OUTPUT; ip6tables -S OUTPUT"); }
    std::string state_of_timer() const {
        return run(std::string("systemctl is-active ") + timer + " || true");
    }

  private:
    Lab lab_;
    Responder responder_{lab_};
    Layer layer_;
    std::unique_ptr<Box> box_;
};

} // namespace

TEST_CASE("the printed way back of iptables' rules is armed before them, and takes them away") {
    const Server server;
    const auto [commands, keep] = printed_commands();
    REQUIRE(keep.find(timer) != std::string::npos);
    const auto before = server.rules();
    CHECK(server.reaches("203.0.113.1"));
    CHECK(server.reaches("203.0.113.2"));

    server.run(commands);
    CHECK(server.state_of_timer() == "active\n");
    CHECK(server.reaches("203.0.113.1"));
    CHECK_FALSE(server.reaches("203.0.113.2"));
    server.run(commands.substr(commands.find("iptables-restore"))); // the jump stands there twice

    // As the timer does it when its time has come; of type oneshot, so that this waits for its end.
    server.run("systemctl start fwlearn-iptables-way-back.service");
    CHECK(server.rules() == before);
    CHECK(server.reaches("203.0.113.2"));

    SUBCASE("and kept, they stay") {
        server.run(std::string("systemctl stop ") + timer);
        server.run(commands);
        server.run(keep);
        CHECK(server.state_of_timer() == "inactive\n");
        CHECK_FALSE(server.reaches("203.0.113.2"));
    }
}
