// Is what nobody confirmed in time taken back, and what was confirmed loaded at boot, also where the state
// folder cannot be written, somebody is late, or what is written there is of another boot, namespace or
// version?
#include "applying/applying.hpp"
#include "ground/failure.hpp"
#include "ground/small_disk.hpp"

#include <doctest/doctest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <fstream>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

namespace fs = std::filesystem;

bool says(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

/// The kernel tells nobody of its own rules but by asking.
void wait_for_ruleset(const Applying& server, const std::string& wanted) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (server.ruleset() != wanted) {
        if (std::chrono::steady_clock::now() > until) {
            throw std::runtime_error("the ruleset stays " + server.ruleset());
        }
    }
}

/// A state folder on a disk of its own.
struct OnSmallDisk {
    Applying server;
    SmallDisk disk{"4m"};

    OnSmallDisk() {
        auto folder = server.state("").string();
        folder.pop_back();
        fs::create_directory_symlink(disk.path(), folder);
    }
};

void confirm(const Applying& server, const std::vector<std::string>& how,
             const std::string& at_boot = "closed") {
    std::vector<std::string> command{"apply", "--yes", "--confirm-within", "10min"};
    command.insert(command.end(), how.begin(), how.end());
    REQUIRE(server.run(command).status == 0);
    const auto confirmed = server.run({"confirm", "--at-boot", at_boot});
    REQUIRE_MESSAGE(confirmed.status == 0, confirmed.err);
}

/// As after `kill -9`, or where the container went: nobody takes it back any more.
void leave_without_way_back(const Applying& server) {
    const auto applied = server.run({"apply", "--yes", "--confirm-within", "10min"});
    REQUIRE(applied.status == 0);
    const auto pid = Applying::way_back_pid(applied.out);
    must_run({"kill", "-KILL", pid});
}

std::string after(const std::string& text, const std::string& words) {
    const auto begin = text.find(words) + words.size();
    return text.substr(begin, text.find_first_of(",\n", begin) - begin);
}

void is_of_another_boot(const Applying& server) {
    server.change_state("armed.json", after(server.read_state("armed.json"), "\"boot\": "),
                        "\"another boot\"");
}

} // namespace

TEST_CASE(
    "what is written down comes after the table: a disk that is full or read-only keeps nothing in force") {
    const OnSmallDisk place;
    const auto& [server, disk] = place;
    confirm(server, {"--by", "address"});
    const auto before = server.ruleset();

    // Read-only, as after errors=remount-ro.
    REQUIRE(server.run({"apply", "--yes", "--confirm-within", "2s"}).status == 0);
    disk.allow_writing(false);
    CHECK(server.ruleset() != before);
    wait_for_ruleset(server, before);
    disk.allow_writing(true);

    // Full, and the table is another program's by then, which is not kept for want of room.
    const auto again = server.run({"apply", "--yes", "--confirm-within", "2s"});
    REQUIRE_MESSAGE(again.status == 0, again.err);
    disk.fill();
    server.load("add rule inet fwlearn output counter");
    wait_for_ruleset(server, before);
    disk.empty();

    // By hand, too; and the host comes up with what was confirmed.
    REQUIRE(server.run({"apply", "--yes", "--confirm-within", "10min"}).status == 0);
    disk.allow_writing(false);
    const auto back = server.run({"rollback"});
    CHECK(back.status == 0);
    CHECK_MESSAGE(says(back.out, "could not be written down"), back.out);
    CHECK(server.ruleset() == before);
    disk.allow_writing(true);
    is_of_another_boot(server);
    disk.allow_writing(false);
    server.flush();
    const auto at_boot = server.run({"apply", "--at-boot"});
    CHECK_MESSAGE(at_boot.status == 0, at_boot.err);
    CHECK(server.ruleset() == before);
    disk.allow_writing(true);
}

TEST_CASE("what is written down is lost or damaged: it is taken back all the same") {
    const Applying server;
    bool is_first = false;
    SUBCASE("and nothing was confirmed before") {
        is_first = true;
    }
    SUBCASE("and one was confirmed before") {
        confirm(server, {"--by", "address"});
    }
    const auto before = server.ruleset();
    const auto folder = server.state("").parent_path();
    const auto aside = folder.parent_path() / "aside";
    const auto apply = [&] {
        const auto applied = server.run({"apply", "--yes", "--confirm-within", "3s"});
        REQUIRE_MESSAGE(applied.status == 0, applied.err);
        CHECK(server.ruleset() != before);
        return Applying::way_back_pid(applied.out);
    };
    // By the process that waits, which knows what it was.
    apply();
    fs::resize_file(server.state("armed.json"), 100);
    wait_for_ruleset(server, before);
    server.wait_until_taken_back();
    CHECK(fs::exists(server.state("armed.unreadable")));
    apply();
    fs::remove(server.state("armed.json"));
    wait_for_ruleset(server, before);
    apply();
    fs::rename(folder, aside);
    wait_for_ruleset(server, before);
    fs::remove_all(folder);
    fs::rename(aside, folder);
    REQUIRE(server.run({"rollback"}).status == 0);

    // By who knows no more than its token, as systemd's timer, and by hand.
    for (const auto& how : {std::vector<std::string>{"rollback"}, {"rollback", "--when-due", "token"}}) {
        CAPTURE(how.back());
        const auto pid = apply();
        must_run({"kill", "-KILL", pid});
        server.write_state("armed.json", "{\"token\": 7");
        fs::remove(server.state("taken-back.json"));
        const auto refused = server.run({"apply", "--yes"});
        CHECK(refused.status == 2);
        CHECK_MESSAGE(says(refused.err, "(fwlearn rollback takes back what is loaded)"), refused.err);
        const auto back = server.run(how);
        CHECK(back.status == 0);
        CHECK_MESSAGE(says(back.out, is_first ? "the table inet fwlearn is gone" : "was confirmed before"),
                      back.out);
        CHECK(server.ruleset() == before);
        const auto again = server.run({"rollback", "--when-due", "token"});
        CHECK(again.out == "nothing is to be taken back any more\n");
        CHECK(server.ruleset() == before);
    }

    // Whose way back is gone as well: nobody is told that there is nothing.
    must_run({"kill", "-KILL", apply()});
    fs::remove_all(folder);
    const auto nothing = server.run({"rollback"});
    CHECK(nothing.status == 1);
    CHECK_MESSAGE(says(nothing.out, "nft delete table inet fwlearn"), nothing.out);
}

TEST_CASE("who confirms too late is told so, and what was there before is back") {
    Applying server;
    confirm(server, {"--by", "address"});
    const auto before = server.ruleset();
    const auto confirmed = server.read_state("confirmed.json");
    REQUIRE(server.run({"apply", "--yes", "--confirm-within", "3s"}).status == 0);
    // confirm reads what was confirmed before while it holds the lock: from a pipe that nobody writes to.
    fs::remove(server.state("confirmed.json"));
    must(mkfifo(server.state("confirmed.json").c_str(), 0600), "mkfifo");
    Process late(server.command({"confirm"}), {.netns = server.lab().server().name()});
    wait_for_ruleset(server, before); // the way back waits for nobody
    std::ofstream(server.state("confirmed.json")) << confirmed;
    CHECK(late.wait() == 2);
    CHECK_MESSAGE(says(late.err(), "too late"), late.err());
    server.wait_until_taken_back();
    CHECK(server.ruleset() == before);
    fs::remove(server.state("confirmed.json"));
    server.write_state("confirmed.json", confirmed);
    server.flush();
    CHECK(server.run({"apply", "--at-boot"}).status == 0);
    CHECK(server.ruleset() == before);
}

TEST_CASE("what was taken back by itself is not taken back once more: the one confirmed before stays") {
    Applying server;
    confirm(server, {"--by", "address"});
    const auto before = server.ruleset();
    REQUIRE(server.run({"apply", "--yes", "--confirm-within", "1s"}).status == 0);
    server.wait_until_taken_back();
    for (int time = 0; time < 2; ++time) {
        const auto back = server.run({"rollback"});
        CHECK(back.status == 0);
        CHECK_MESSAGE(says(back.out, "was taken back already"), back.out);
        CHECK(server.ruleset() == before);
    }
    CHECK(server.run({"rollback", "--confirmed"}).status == 0);
    CHECK(server.ruleset().empty());
}

TEST_CASE("status says whether a whitelist is in force, waits, or was taken back, and what the kernel lacks "
          "of it") {
    Applying server;
    const auto says_of_it = [&server](const std::string& words) {
        const auto status = server.run({"status", "--state", server.state("").string()});
        CHECK(status.status == 0);
        const auto at = status.out.find("\nfirewall ");
        const auto line = status.out.substr(at + 1, status.out.find('\n', at + 1) - at - 1);
        CHECK_MESSAGE(says(line, words), line);
        const auto json = server.run({"status", "--state", server.state("").string(), "--json"}).out;
        const auto metrics = server.run({"status", "--state", server.state("").string(), "--prometheus"}).out;
        const auto found = json.find("\"firewall\":");
        return json.substr(found, json.find('}', found) - found) + "\n" + metrics;
    };
    CHECK(says(says_of_it("no whitelist is applied"), "\"state\":\"none\",\"in_force\":null"));
    const auto applied = server.run({"apply", "--yes", "--confirm-within", "10min"});
    REQUIRE(applied.status == 0);
    const auto waiting = says_of_it("waits to be confirmed: it is taken back in ");
    CHECK(says(waiting, "\"state\":\"waiting\",\"in_force\":true"));
    CHECK(says(waiting, "\nfwlearn_whitelist_waiting 1\n"));
    // Who would take it back was killed, and the time is over.
    must_run({"kill", "-KILL", Applying::way_back_pid(applied.out)});
    const auto armed = server.read_state("armed.json");
    const auto deadline = armed.find("\"deadline_ms\": ");
    REQUIRE(deadline != std::string::npos);
    server.change_state("armed.json", armed.substr(deadline, armed.find_first_of(",\n", deadline) - deadline),
                        "\"deadline_ms\": 1");
    says_of_it("its time is over, and it is taken back now; if it stays: fwlearn rollback");
    server.write_state("armed.json", armed);
    REQUIRE(server.run({"confirm", "--at-boot", "closed"}).status == 0);
    const auto confirmed = says_of_it("is in force; if it cannot be loaded at boot: closed");
    CHECK(says(confirmed, "\"in_force\":true,\"at_boot\":\"closed\""));
    CHECK(says(confirmed, "\nfwlearn_whitelist_in_force 1\n"));
    server.load("add rule inet fwlearn output counter");
    says_of_it("NOT in force: another program has changed");
    server.flush(); // as nftables.service does
    const auto missing = says_of_it("NOT in force: there is no table");
    CHECK(says(missing, "\"in_force\":false"));
    CHECK(says(missing, "\nfwlearn_whitelist_in_force 0\n"));
    REQUIRE(server.run({"apply", "--at-boot"}).status == 0);
    CHECK(says(says_of_it("is in force"), "\"in_force\":true"));
    REQUIRE(server.run({"rollback"}).status == 0);
    REQUIRE(server.run({"apply", "--yes", "--confirm-within", "1s"}).status == 0);
    server.wait_until_taken_back();
    CHECK(says(says_of_it("the last one was taken back (not confirmed in time)"), "\"state\":\"none\""));
    const auto late = server.run({"confirm"});
    CHECK_MESSAGE(says(late.err, "was taken back (not confirmed in time)"), late.err);
}

TEST_CASE("an apply that only looks changes nothing of what another one has written down") {
    Applying server;
    leave_without_way_back(server);
    is_of_another_boot(server);
    const auto there = server.read_state("armed.json");
    const Fd other(must(open(server.state("lock").c_str(), O_RDONLY | O_CLOEXEC), "open"));
    must(flock(other.get(), LOCK_EX), "flock");
    const auto looked = server.run({"apply"});
    CHECK(looked.status == 2);
    CHECK_MESSAGE(says(looked.err, "another fwlearn"), looked.err);
    CHECK(server.read_state("armed.json") == there);
}

TEST_CASE("what was confirmed is loaded at boot, whatever else is written there") {
    Applying server;
    confirm(server, {});
    const auto in_force = server.ruleset();
    SUBCASE("confirm was cut short before it wrote the files beside the state") {
        server.write_state("whitelist.nft", "table inet fwlearn {\n}\n");
        fs::remove(server.state("whitelist.json"));
    }
    SUBCASE("what was applied after it cannot be read") {
        server.write_state("armed.json", "{\"token\": 7");
    }
    SUBCASE("what was applied after it was so in the boot before") {
        leave_without_way_back(server);
        is_of_another_boot(server);
    }
    SUBCASE("what was applied after it was so in a container that was started anew") {
        leave_without_way_back(server);
        server.change_state("armed.json", after(server.read_state("armed.json"), "\"netns\": "), "1");
    }
    server.flush();
    const auto result = server.run({"apply", "--at-boot"});
    CHECK_MESSAGE(result.status == 0, result.err);
    CHECK(server.ruleset() == in_force);
    CHECK(says(server.read_state("whitelist.nft"), "policy drop"));
    CHECK(says(server.read_state("whitelist.json"), "\"rules\""));
}

TEST_CASE("fixed parts as another version prints them are loaded at boot; what touches other tables is not") {
    Applying server;
    confirm(server, {});
    const auto limit = "limit rate " + after(server.read_state("confirmed.json"), "limit rate ").substr(0, 1);
    server.change_state("confirmed.json", limit, "limit rate 7");
    server.flush();
    CHECK(server.run({"apply", "--at-boot"}).status == 0);
    CHECK(says(server.ruleset(), "limit rate 7"));
    server.change_state("confirmed.json", "\"text\": \"", "\"text\": \"table ip other {\\n}\\n");
    server.flush();
    const auto refused = server.run({"apply", "--at-boot"});
    CHECK(refused.status == 1);
    CHECK_MESSAGE(says(refused.err, "CLOSED, as was chosen"), refused.err);
    CHECK_FALSE(says(server.ruleset(), "table ip other"));
}

TEST_CASE("what was loaded in a container that was started anew is taken back there") {
    Applying server;
    confirm(server, {});
    server.flush();
    server.change_state("confirmed.json", after(server.read_state("confirmed.json"), "\"netns\": "), "1");
    REQUIRE(server.run({"apply", "--at-boot"}).status == 0);
    CHECK_FALSE(server.ruleset().empty());
    const auto back = server.run({"rollback"});
    CHECK_MESSAGE(back.status == 0, back.err);
    CHECK(server.ruleset().empty());
}
