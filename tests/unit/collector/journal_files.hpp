// Journals for tests, with entries of their own: systemd-journal-remote(8) makes them.
#pragma once

#include <model/time.hpp>

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace fwlearn::collector_test {

namespace fs = std::filesystem;

inline constexpr const char* journal_writer = "/lib/systemd/systemd-journal-remote";

/// A root with a journal, of which each test has its own.
class Journal {
  public:
    Journal() {
        std::string name = (fs::temp_directory_path() / "fwlearn-journal-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        root_ = name;
        fs::create_directories(folder());
    }
    ~Journal() { fs::remove_all(root_); }
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    [[nodiscard]] fs::path root() const { return root_; }
    [[nodiscard]] fs::path folder() const {
        return root_ / "var/log/journal/2b9187a87f6347b5bec2f5361a75c19d";
    }

    /// Adds entries, in the export format, to a file of the journal.
    void write(const std::string& entries, const std::string& file = "system.journal") const {
        const auto command = std::string(journal_writer) + " --output=" + (folder() / file).string() +
                             " - >/dev/null 2>&1"; // what it reports is how many it took
        FILE* pipe = popen(command.c_str(), "w");  // NOLINT(cert-env33-c): the command is the test's own
        REQUIRE(pipe != nullptr);
        CHECK(fwrite(entries.data(), 1, entries.size(), pipe) == entries.size());
        REQUIRE(WEXITSTATUS(pclose(pipe)) == 0);
    }

    /// A file of the host that the journal is of.
    void write_file(const std::string& name, const std::string& text) const {
        fs::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name) << text;
    }

  private:
    fs::path root_;
};

inline model::Timestamp time_of(int second) {
    return model::Timestamp(std::chrono::seconds(1795663200 + second));
}

/// A run of cron's, so many seconds after a full hour.
inline std::string cron_entry(int second, const std::string& command, const std::string& writer_is = "cron",
                              const std::string& unit_is = "session-1.scope") {
    const auto time = std::to_string(
        std::chrono::duration_cast<std::chrono::microseconds>(time_of(second).time_since_epoch()).count());
    return "__REALTIME_TIMESTAMP=" + time + "\n__MONOTONIC_TIMESTAMP=" + time +
           "\n_BOOT_ID=c10dde7f1f5345c6b311de8b549d5694\n_UID=0\n_COMM=" + writer_is +
           "\n_SYSTEMD_UNIT=" + unit_is +
           "\n_TRANSPORT=syslog\nSYSLOG_IDENTIFIER=CRON\nMESSAGE=(root) CMD (" + command + ")\n\n";
}

} // namespace fwlearn::collector_test
