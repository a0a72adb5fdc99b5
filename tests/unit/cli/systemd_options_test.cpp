#include "workplace.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <set>

using namespace fwlearn;
using namespace fwlearn::tests;

namespace {

/// A record in which root has sent once from each of these units.
std::string flows_of(const std::vector<std::string>& units) {
    std::string lines;
    for (const auto& unit : units) {
        lines += R"({"first_seen":"2026-11-23T07:00:00Z","last_seen":"2026-11-23T07:00:00Z","count":1,)"
                 R"("process":{"exe":"/usr/bin/x","comm":"x","uid":0,"user":"root","unit":")" +
                 unit + R"(","cgroup":"/system.slice/)" + unit +
                 R"(","cmdline":"x"},"task":{"kind":"service","name":")" + unit +
                 R"("},"attribution":"exact","owner":{"kind":"user","uid":0,"gid":0,"user":"root"},)"
                 R"("protocol":"tcp","address":"198.51.100.7","port":443,"names":[],"replied":true,)"
                 R"("bytes_out":1,"bytes_in":1})"
                 "\n";
    }
    return lines;
}

Result suggest(const Workplace& workplace, const std::vector<std::string>& units,
               std::vector<std::string> options) {
    const auto database = "of" + std::to_string(units.size()) + units.front() + ".db";
    if (!std::filesystem::exists(workplace.path(database))) {
        const auto record = workplace.file("flows.jsonl", flows_of(units));
        REQUIRE(workplace.run({"import", "--format", "jsonl", record}, database).status == 0);
    }
    options.insert(options.begin(), {"suggest", "--selector", "unit"});
    return workplace.run(options, database);
}

/// For as long as it lives.
class Environment {
  public:
    Environment(const char* name, const std::string& value) : name_(name) {
        const char* const before = std::getenv(name);
        before_ = before == nullptr ? std::nullopt : std::optional<std::string>(before);
        setenv(name, value.c_str(), 1);
    }
    ~Environment() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

  private:
    const char* name_;
    std::optional<std::string> before_;
};

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("drop-ins are printed for the systemd that is named") {
    const Workplace workplace;
    const auto old = suggest(workplace, {"a.service"}, {"-o", "systemd", "--systemd-version", "252"});
    CHECK(old.status == 0);
    CHECK(old.out.find("\nExecCondition=-+/usr/sbin/nft ") != std::string::npos);
    const auto recent = suggest(workplace, {"a.service"}, {"-o", "systemd", "--systemd-version", "257"});
    CHECK(recent.status == 0);
    CHECK(recent.out.find("\nNFTSet=cgroup:inet:fwlearn:u_a_service_") != std::string::npos);
    const auto here = suggest(workplace, {"a.service"}, {"-o", "systemd"});
    CHECK(here.out.find("\n# /etc/systemd/system/a.service.d/50-fwlearn.conf\n") != std::string::npos);
}

TEST_CASE("drop-ins that are written are those that are printed, and replace fwlearn's own alone") {
    const Workplace workplace;
    const auto into = workplace.path("system");
    const std::vector<std::string> options{"-o",  "systemd",     "--systemd-version",
                                           "257", "--directory", into.string()};
    const auto first = suggest(workplace, {"a.service", "b.service"}, options);
    CHECK(first.status == 0);
    CHECK(first.out.find("2 drop-ins written below ") == 0);
    const auto a = into / "a.service.d" / "50-fwlearn.conf";
    const auto printed =
        suggest(workplace, {"a.service", "b.service"}, {"-o", "systemd", "--systemd-version", "257"});
    CHECK(printed.out.find("\n# /etc/systemd/system/a.service.d/50-fwlearn.conf\n" + content(a)) !=
          std::string::npos);
    CHECK(std::filesystem::exists(into / "b.service.d" / "50-fwlearn.conf"));

    std::ofstream(into / "a.service.d" / "10-mine.conf") << "[Service]\n";
    std::ofstream(into / "mine.service") << "[Service]\n";
    std::ofstream(into / "backup.service.d") << "a file, whatever it is called\n";
    const auto second = suggest(workplace, {"c.service"}, options);
    CHECK(second.out.find("1 drop-ins written below ") == 0);
    CHECK(second.out.find(", 2 of other units removed\n") != std::string::npos);
    std::set<std::string> left;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(into)) {
        left.insert(std::filesystem::relative(entry.path(), into).string());
    }
    CHECK(left == std::set<std::string>{"a.service.d", "a.service.d/10-mine.conf", "backup.service.d",
                                        "c.service.d", "c.service.d/50-fwlearn.conf", "mine.service"});
}

TEST_CASE("the options of drop-ins are refused for another format, and a directory that cannot be") {
    const Workplace workplace;
    for (const auto& options : std::vector<std::vector<std::string>>{
             {"-o", "nft", "--systemd-version", "252"},
             {"--directory", workplace.path("d").string()},
             {"-o", "systemd", "--directory", workplace.file("file", "") + "/below"},
             {"-o", "systemd", "--systemd-version", "0"}}) {
        const auto refused = suggest(workplace, {"a.service"}, options);
        CHECK(refused.status == 2);
        CHECK(refused.out.empty());
        CHECK(is_one_line(refused.err));
    }
    CHECK_FALSE(std::filesystem::exists(workplace.path("d")));
}

TEST_CASE("without a bus systemctl says which systemd there is, and without both that is told") {
    const Workplace workplace;
    const Environment bus("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=" + workplace.path("no-bus").string());
    std::filesystem::create_directory(workplace.path("bin"));
    const Environment path("PATH", workplace.path("bin").string());
    const auto nobody = suggest(workplace, {"a.service"}, {"-o", "systemd"});
    CHECK(nobody.status == 0);
    CHECK(nobody.out.find("\nExecStartPre=-+/usr/sbin/nft ") != std::string::npos);
    CHECK(is_one_line(nobody.err));
    CHECK(nobody.err.find("--systemd-version") != std::string::npos);
    const auto tool = workplace.file("bin/systemctl", "#!/bin/sh\necho 'systemd 257 (257.1-1)'\necho +PAM\n");
    std::filesystem::permissions(tool, std::filesystem::perms::owner_all);
    const auto asked = suggest(workplace, {"a.service"}, {"-o", "systemd"});
    CHECK(asked.out.find("\nNFTSet=cgroup:") != std::string::npos);
    CHECK(asked.err.empty());
}
