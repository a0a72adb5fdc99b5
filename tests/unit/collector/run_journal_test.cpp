// Are runs found in a real journal, from the moment of opening on, also when its files change, and is what
// anybody wrote into it none?
#include "journal_files.hpp"

#include <doctest/doctest.h>
#include <run_journal.hpp>

#include <sstream>

using namespace fwlearn;
using collector::host::RunJournal;
using collector::host::RunOf;
using collector_test::cron_entry;
using collector_test::Journal;

namespace {

namespace fs = std::filesystem;

std::string what_a_server_said() {
    std::ifstream file(std::string(FWLEARN_TEST_DATA) + "/runs.export");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> names(const std::vector<collector::host::SeenRun>& runs) {
    std::vector<std::string> result;
    for (const auto& run : runs) {
        result.push_back(run.name.raw_bytes());
    }
    return result;
}

} // namespace

TEST_CASE("A host without a journal has none, and a journal that begins later is read") {
    const Journal journal;
    RunJournal reader(journal.root());
    CHECK_FALSE(reader.has_entries());
    CHECK(reader.read().empty());
    journal.write(cron_entry(0, "true"));
    CHECK(names(reader.read()) == std::vector<std::string>{"true"});
    CHECK(reader.has_entries());
    RunJournal nowhere(journal.root() / "nowhere");
    CHECK_FALSE(nowhere.has_entries());
    CHECK(nowhere.read().empty());
}

TEST_CASE("All that a Debian 12 said of its runs is found, and none of what was forged") {
    const Journal journal;
    RunJournal reader(journal.root());
    journal.write(what_a_server_said());
    std::vector<std::string> seen;
    for (const auto& run : reader.read()) {
        seen.push_back((run.of == RunOf::user_unit  ? std::to_string(run.uid)
                        : run.of == RunOf::cron_job ? run.user.raw_bytes()
                        : run.of == RunOf::unit     ? "unit"
                                                    : "anacron") +
                       " " + run.name.raw_bytes() +
                       (run.event == model::RunEvent::began    ? ""
                        : run.event == model::RunEvent::failed ? ", failed"
                                                               : ", succeeded"));
    }
    // chrony.service is told twice: with one invocation.
    CHECK(seen ==
          std::vector<std::string>{
              "unit tiny.timer", "unit chrony.service", "unit chrony.service", "anacron nightly",
              "anacron nightly, failed", "1000 sync.service", "unit tiny.service", "1000 mine.timer",
              "shop test -x /usr/local/bin/stock && /usr/local/bin/stock --password=hunter2 203.0.113.3",
              R"(root echo "\303\244 a%b")", "root /opt/box/send udp 203.0.113.1 5001",
              "alice /opt/box/send udp 203.0.113.7 5001", "root cd / && run-parts --report /etc/cron.quick",
              "1000 mine.service", "root true  "});
    CHECK(reader.read().empty());
}

TEST_CASE("What was there before is no run that was seen") {
    const Journal journal;
    journal.write(cron_entry(0, "before"));
    RunJournal reader(journal.root());
    CHECK(reader.has_entries());
    CHECK(reader.read().empty());
    journal.write(cron_entry(1, "after"));
    CHECK(names(reader.read()) == std::vector<std::string>{"after"});
    CHECK(reader.read().empty());
}

TEST_CASE("A run of cron's is found by its unit where its writer was the job's shell already") {
    const Journal journal;
    RunJournal reader(journal.root());
    journal.write(cron_entry(0, "forged", "sh") + cron_entry(1, "true", "sh", "cron.service"));
    const auto runs = reader.read();
    REQUIRE(runs.size() == 1);
    CHECK(runs.front().name == model::ForeignText("true"));
}

TEST_CASE("A journal whose last entry tells of no run is read from there on") {
    const Journal journal;
    journal.write(cron_entry(0, "before") + cron_entry(1, "forged", "logger"));
    RunJournal reader(journal.root());
    CHECK(reader.read().empty());
    journal.write(cron_entry(2, "forged", "logger") + cron_entry(3, "after"));
    CHECK(names(reader.read()) == std::vector<std::string>{"after"});
}

TEST_CASE("A file that is rotated or added is read on") {
    const Journal journal;
    journal.write(cron_entry(0, "before"));
    RunJournal reader(journal.root());
    journal.write(cron_entry(1, "one"));
    fs::rename(journal.folder() / "system.journal", journal.folder() / "system@0005.journal");
    journal.write(cron_entry(2, "two"));
    journal.write(cron_entry(3, "three"), "user-1000.journal");
    CHECK(names(reader.read()) == std::vector<std::string>{"one", "two", "three"});
    journal.write(cron_entry(4, "four"), "user-1000.journal");
    CHECK(names(reader.read()) == std::vector<std::string>{"four"});
}

TEST_CASE("More than is taken at once comes the next time") {
    const Journal journal;
    RunJournal reader(journal.root());
    std::string entries;
    const int most = RunJournal::most_at_once;
    for (int second = 0; second <= most; ++second) {
        entries += cron_entry(second, std::to_string(second));
    }
    journal.write(entries);
    CHECK(reader.read().size() == most);
    CHECK(names(reader.read()) == std::vector<std::string>{std::to_string(most)});
}
