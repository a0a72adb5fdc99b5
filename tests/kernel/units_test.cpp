// Does a rule by unit admit what runs in the unit, and nobody else, through the unit's restarts?
#include "ground/netns.hpp"
#include "ground/process.hpp"
#include "ground/responder.hpp"

#include <analyzer/render/nft.hpp>
#include <collector/process/cgroup_root.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

namespace fs = std::filesystem;

fs::path cgroups() {
    return collector::process::cgroup2_root("/proc/self/mountinfo");
}

std::string slice() {
    return "fwlearn-test-" + std::to_string(getpid()) + ".slice";
}

/// A unit as the kernel sees one: a cgroup, new with every start.
class Unit {
  public:
    explicit Unit(std::string name) : name_(std::move(name)) { start(); }
    ~Unit() { stop(); }
    Unit(const Unit&) = delete;
    Unit& operator=(const Unit&) = delete;

    void start() const { fs::create_directories(cgroups() / path()); }
    void stop() const {
        std::error_code ignored;
        fs::remove(cgroups() / path(), ignored);
        fs::remove(cgroups() / slice(), ignored); // the last one's
    }
    [[nodiscard]] std::string path() const { return slice() + "/" + name_; }
    [[nodiscard]] model::Selector selector() const {
        return {model::SelectorKind::unit, 0, model::ForeignText(name_), model::ForeignText(path()), {}};
    }
    /// Whether what runs in it gets through to a port that answers.
    [[nodiscard]] bool reaches(const Lab& lab, const std::string& address) const {
        const auto script = "echo $$ >'" + (cgroups() / path() / "cgroup.procs").string() +
                            "' && exec bash -c '</dev/tcp/" + address + "/5001'";
        return run({"sh", "-c", script}, {.netns = lab.server().name()}).status == 0;
    }

  private:
    std::string name_;
};

constexpr const char* there = "203.0.113.1";

model::Whitelist admitting(const std::vector<model::Selector>& selectors) {
    model::Whitelist whitelist;
    model::Rule rule;
    rule.id = "0123456789ab";
    rule.selectors = selectors;
    rule.protocol = model::protocol::tcp;
    rule.details = {5001};
    rule.addresses = {*model::Prefix::parse("203.0.113.1/32")};
    whitelist.rules.push_back(rule);
    return whitelist;
}

void load(const Lab& lab, const model::Whitelist& whitelist) {
    must_run({"nft", "-f", "-"}, {.netns = lab.server().name(), .input = analyzer::render_nft(whitelist)});
}

Result refresh(const Lab& lab, const std::vector<std::string>& options = {"--units"}) {
    std::vector<std::string> command{FWLEARN_PROGRAM, "refresh"};
    command.insert(command.end(), options.begin(), options.end());
    return run(command, {.netns = lab.server().name()});
}

std::string sets_of(const Lab& lab) {
    return must_run({"nft", "list", "sets", "table", "inet", "fwlearn"}, {.netns = lab.server().name()});
}

} // namespace

TEST_CASE("after refresh a rule by unit admits what runs in the unit, in every run of it, and no neighbour") {
    const Lab lab;
    const Responder responder(lab);
    const Unit known("known.service");
    const Unit escaped("known@a\\x2db.service");
    const Unit neighbour("neighbour.service");
    load(lab, admitting({known.selector(), escaped.selector()}));
    CHECK_FALSE(known.reaches(lab, there)); // the set is empty

    const auto filled = refresh(lab);
    CHECK(filled.status == 0);
    CHECK(filled.out == "2 running units are in the sets; 0 units are not running\n");
    CHECK(known.reaches(lab, there));
    CHECK(escaped.reaches(lab, there));
    CHECK_FALSE(known.reaches(lab, "203.0.113.2"));
    CHECK_FALSE(neighbour.reaches(lab, there));

    known.stop();
    known.start();
    CHECK_FALSE(known.reaches(lab, there)); // the set has the cgroup of the run before
    CHECK(refresh(lab, {}).status == 0);
    CHECK(known.reaches(lab, there));
    CHECK(escaped.reaches(lab, there));

    known.stop();
    const auto stopped = refresh(lab);
    CHECK(stopped.out == "1 running unit is in the sets; 1 unit is not running\n");
    const auto sets = sets_of(lab);
    CHECK(sets.find("known@a\\x2db.service\" }") != std::string::npos);
    CHECK(sets.find(slice(), sets.find("elements = { \"") + 40) == std::string::npos);
}

TEST_CASE(
    "a whitelist for one unit alone denies what runs in that, once its set is filled, and nobody else") {
    const Lab lab;
    const Responder responder(lab);
    const Unit locked("locked.service");
    const Unit neighbour("neighbour.service");
    const auto rules = analyzer::render_nft({}, {.unit = locked.selector()});
    must_run({"nft", "-f", "-"}, {.netns = lab.server().name(), .input = rules});
    CHECK(locked.reaches(lab, there)); // nobody is known to be in it
    CHECK(refresh(lab).status == 0);
    CHECK_FALSE(locked.reaches(lab, there));
    CHECK(neighbour.reaches(lab, there));
}

TEST_CASE("a set that does not say whose it is stays as it is, and is told") {
    const Lab lab;
    const Responder responder(lab);
    const Unit known("known.service");
    for (const std::string comment : {"", "../../etc", "system.slice/aaa...", "a%2", "a%0Ab", "a//b", "/a"}) {
        CAPTURE(comment);
        load(lab, admitting({known.selector()}));
        must_run({"nft", "add set inet fwlearn u_mine { type cgroupsv2; comment \"" + comment + "\"; }"},
                 {.netns = lab.server().name()});
        const auto result = refresh(lab);
        CHECK(result.status == 1);
        CHECK(result.err.find("u_mine does not say whose it is") != std::string::npos);
        CHECK(known.reaches(lab, there)); // the others are filled
    }
}
