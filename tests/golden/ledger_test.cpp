// Is everything found that a server runs by the clock, with its times, and nothing else? Each folder of
// ledger/ has a small root of files, most of them as packages ship them (ledger/README.md says whose), the
// moment at which it is read, and the ledger that it should give.
#include <collector/host/ledger.hpp>
#include <model/vocabulary.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

using namespace fwlearn;
namespace fs = std::filesystem;

namespace {

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A copy of a root, with what git does not keep of files: their modes and times, from `attributes`, one a
/// line: MODE TIME PATH, "-" for what stays.
class Root {
  public:
    explicit Root(const fs::path& server) {
        std::string name = (fs::temp_directory_path() / "fwlearn-ledger-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
        fs::copy(server / "root", path_, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
        for (const auto& entry : fs::recursive_directory_iterator(path_)) {
            if (entry.is_regular_file() && !entry.is_symlink()) { // whatever umask it was checked out with
                fs::permissions(entry.path(), fs::perms::group_write | fs::perms::others_write,
                                fs::perm_options::remove);
            }
        }
        std::ifstream attributes(server / "attributes");
        for (std::string mode, time, file; attributes >> mode >> time >> file;) {
            CAPTURE(file);
            REQUIRE(fs::exists(path_ / file));
            if (mode != "-") {
                fs::permissions(path_ / file, static_cast<fs::perms>(std::stoul(mode, nullptr, 8)));
            }
            if (time != "-") {
                const auto moment = model::parse_rfc3339(time);
                REQUIRE(moment);
                fs::last_write_time(path_ / file, std::chrono::file_clock::from_sys(*moment));
            }
        }
    }
    ~Root() { fs::remove_all(path_); }
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

/// "1d 2h 3min 4s".
std::string to_text(std::chrono::seconds span) {
    std::string text;
    for (const auto& [length, unit] :
         {std::pair{86400, "d"}, std::pair{3600, "h"}, std::pair{60, "min"}, std::pair{1, "s"}}) {
        if (const auto count = span.count() / length; count > 0) {
            text += (text.empty() ? "" : " ") + std::to_string(count) + unit;
            span -= std::chrono::seconds(length) * count;
        }
    }
    return text.empty() ? "0s" : text;
}

std::string shown(const model::ForeignText& text) {
    return text.empty() ? "?" : model::for_terminal(text);
}

std::string to_text(const std::vector<model::Schedule>& ledger) {
    // Files of at are whoever's who runs this test.
    const auto own = "at job of uid " + std::to_string(getuid());
    std::ostringstream text;
    for (const auto& schedule : ledger) {
        const bool at = schedule.kind == model::ScheduleKind::at;
        const auto name = model::for_terminal(schedule.task.name);
        text << (text.view().empty() ? "" : "\n") << model::to_word(schedule.kind) << ", "
             << model::to_word(schedule.state) << ": " << model::to_word(schedule.task.kind) << " "
             << (at && name == own ? "at job of uid ME" : name) << "\n    file  " << shown(schedule.file)
             << "\n    runs  " << shown(schedule.command) << "\n    as    "
             << (at && schedule.uid == getuid() ? "uid ME"
                 : schedule.uid                 ? "uid " + std::to_string(*schedule.uid)
                                                : "?")
             << "\n    when  " << shown(schedule.when);
        if (!schedule.time_zone.empty()) {
            text << " (" << model::for_terminal(schedule.time_zone) << ")";
        }
        if (schedule.period) {
            text << "\n    every " << to_text(*schedule.period);
        }
        text << "\n    late  " << to_text(schedule.delay);
        if (schedule.last_run) {
            text << "\n    last  " << model::to_rfc3339(*schedule.last_run);
        }
        if (schedule.next_run) {
            text << "\n    next  " << model::to_rfc3339(*schedule.next_run);
        }
        text << "\n";
    }
    return text.str();
}

} // namespace

TEST_CASE("what a server runs by the clock is found with its times, and nothing else is") {
    std::vector<fs::path> servers;
    for (const auto& entry : fs::directory_iterator(fs::path(FWLEARN_GOLDEN) / "ledger")) {
        if (entry.is_directory()) {
            servers.push_back(entry.path());
        }
    }
    std::sort(servers.begin(), servers.end());
    REQUIRE(servers.size() >= 4);
    for (const auto& server : servers) {
        CAPTURE(server.filename().string());
        REQUIRE(fs::exists(server / "expected"));
        std::istringstream words(read_file(server / "now"));
        std::string word;
        words >> word;
        const auto now = model::parse_rfc3339(word);
        REQUIRE(now);
        const Root root(server);
        const auto ledger = collector::host::read_ledger(root.path(), *now);
        CHECK(std::is_sorted(ledger.begin(), ledger.end()));
        const auto expected = read_file(server / "expected");
        const auto found = to_text(ledger);
        INFO("expected:\n", expected, "found:\n", found);
        CHECK((found == expected));
        CHECK((collector::host::read_ledger(root.path(), *now) == ledger));
    }
}
