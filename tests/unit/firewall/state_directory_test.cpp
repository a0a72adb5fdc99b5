#include <firewall/applied.hpp>
#include <firewall/fingerprint.hpp>
#include <firewall/way_back.hpp>
#include <model/errors.hpp>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

using namespace fwlearn;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// A folder in which there may be one for the state.
class Place {
  public:
    Place() {
        auto pattern = (fs::temp_directory_path() / "fwlearn-state-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        root_ = pattern;
    }
    ~Place() { fs::remove_all(root_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    [[nodiscard]] fs::path state() const { return root_ / "state"; }

  private:
    fs::path root_;
};

firewall::Applied example() {
    firewall::Applied applied;
    applied.token = firewall::new_token();
    applied.boot = firewall::boot_id();
    applied.netns = 4026531840;
    applied.deadline = 123456ms;
    applied.text = "table inet fwlearn {\n\tcomment \"\\\"\n}\n";
    applied.canonical = "c";
    applied.units = {{"u_a", "system.slice/a\\x2db.service"}};
    applied.before = "table inet fwlearn {\n}\n";
    applied.before_units = {{"u_b", "b"}};
    applied.cgroup_root = "/sys/fs/cgroup";
    applied.document = "{}\n";
    applied.at_boot = firewall::AtBoot::closed;
    applied.previous = "p";
    return applied;
}

} // namespace

TEST_CASE("what is written down comes back as it was, and is for its owner alone") {
    const Place place;
    const firewall::StateDirectory directory(place.state());
    CHECK_FALSE(firewall::read_applied(directory, firewall::armed_file));
    auto applied = example();
    directory.write(firewall::armed_file, firewall::to_text(applied));
    const auto back = firewall::read_applied(directory, firewall::armed_file);
    REQUIRE(back);
    CHECK(firewall::to_text(*back) == firewall::to_text(applied));
    CHECK(back->units == applied.units);
    CHECK(back->before == applied.before);
    applied.before.reset(); // there was no table: not the same as an empty one
    directory.write(firewall::armed_file, firewall::to_text(applied));
    CHECK_FALSE(firewall::read_applied(directory, firewall::armed_file)->before);

    struct stat status {};
    REQUIRE(stat((place.state() / firewall::armed_file).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    REQUIRE(stat(place.state().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
    directory.remove(firewall::armed_file);
    directory.remove(firewall::armed_file);
    CHECK(std::distance(fs::directory_iterator(place.state()), {}) == 0); // nothing temporary is left
}

TEST_CASE("a state that nobody here wrote, or where others may write, is refused in one line") {
    const Place place;
    const firewall::StateDirectory directory(place.state());
    for (const auto* text : {"", "{}", "[]", "nonsense", R"({"token": 7})"}) {
        directory.write(firewall::armed_file, text);
        CHECK_THROWS_AS(firewall::read_applied(directory, firewall::armed_file), model::SystemError);
    }
    REQUIRE(chmod(place.state().c_str(), 0777) == 0);
    CHECK_THROWS_AS(firewall::StateDirectory{place.state()}, model::SystemError);
}

TEST_CASE("one process at a time holds the lock, and lets go of it with the object") {
    const Place place;
    const firewall::StateDirectory directory(place.state());
    {
        const auto held = directory.lock();
        CHECK_FALSE(directory.try_lock(0ms));
    }
    CHECK(directory.try_lock(0ms));
}

TEST_CASE(
    "it is over once it is confirmed or taken back, or another is applied, and not because it is lost") {
    const Place place;
    const firewall::StateDirectory directory(place.state());
    firewall::Applied applied;
    applied.token = "one";
    CHECK_FALSE(firewall::is_over(directory, "one"));
    directory.write(firewall::armed_file, firewall::to_text(applied));
    CHECK_FALSE(firewall::is_over(directory, "one"));
    CHECK(firewall::is_over(directory, "another"));
    directory.write(firewall::confirmed_file, firewall::to_text(applied));
    directory.write(firewall::armed_file, "{");
    CHECK_FALSE(firewall::is_over(directory, "one"));
    directory.remove(firewall::armed_file);
    CHECK(firewall::is_over(directory, "one"));
    directory.write(firewall::confirmed_file, "{");
    CHECK_FALSE(firewall::is_over(directory, "one"));
    for (const auto* text : {"", "[]", "{\"token\":1}", "{\"token\":\"two\"}"}) {
        directory.write(firewall::taken_back_file, text);
        CHECK_FALSE(firewall::is_over(directory, "one"));
    }
    directory.write(firewall::taken_back_file, "{\"token\":\"one\"}");
    CHECK(firewall::is_over(directory, "one"));
    std::filesystem::remove_all(place.state());
    CHECK_FALSE(firewall::is_over(directory, "one"));
}

TEST_CASE("the timer counts a span by the clock that nobody steps, to a tenth of a second") {
    const Place place;
    const firewall::StateDirectory directory(place.state());
    const auto command = firewall::timer_command(directory, "0123456789abcdef", 120s, "/usr/bin/fwlearn");
    const auto has = [&command](const std::string& argument) {
        return std::find(command.begin(), command.end(), argument) != command.end();
    };
    CHECK(command.front() == "systemd-run");
    CHECK(has("--on-active=120000ms")); // systemd.timer(5): monotonic; --on-calendar= would be the wall clock
    CHECK(has("--timer-property=AccuracySec=100ms"));
    CHECK(has("--unit=fwlearn-way-back-0123456789ab"));
    CHECK(has("--property=StartLimitIntervalSec=0"));
    const std::vector<std::string> end{
        "--",         "/usr/bin/fwlearn", "rollback", "--state", place.state().string(),
        "--when-due", "0123456789abcdef"};
    CHECK(std::equal(end.rbegin(), end.rend(), command.rbegin()));
}

TEST_CASE("a fingerprint is SHA-256") {
    // FIPS 180-4, the example of one block.
    CHECK(firewall::fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
