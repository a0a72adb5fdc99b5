// What is said of files that were run: whose, writable by whom, at home, from which package; of any path.
#include "../../needs_root.hpp"

#include <doctest/doctest.h>
#include <program_files.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

using namespace fwlearn;
using collector::host::ProgramFiles;
using model::ForeignText;
using model::ProgramFile;

namespace {

namespace fs = std::filesystem;

/// A host with nothing but what a test puts there. The files are the test's own user's; where that is root,
/// a test may give them away.
class Host {
  public:
    Host() {
        std::string name = (fs::temp_directory_path() / "fwlearn-programs-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
        chmod(path_.c_str(), 0755); // NOLINT: as every / is
        write("etc/passwd",
              "root:x:0:0::/root:/bin/sh\nbin:x:2:2::/bin:/bin/sh\nwww-data:x:33:33::/var/www:x\n"
              "alice:x:1000:1000:Alice,,:/srv/alice/:/bin/bash\nbob:x:1001:1001::/:/bin/bash\n"
              "broken\nnobody:x:65534:65534::/nonexistent:x\n");
        write("etc/group",
              "root:x:0:\nstaff:x:50:\nalice:x:1000:\nteam:x:2000:alice,bob\nldap:x:2001:carol\n");
    }
    ~Host() { fs::remove_all(path_); }
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    void write(const std::string& name, const std::string& text = "#!/bin/sh\n", unsigned mode = 0755) const {
        make(name.substr(0, name.rfind('/')), 0755);
        std::ofstream(path_ / name) << text;
        chmod((path_ / name).c_str(), mode);
    }
    void make(const std::string& folder, unsigned mode) const {
        fs::create_directories(path_ / folder);
        chmod((path_ / folder).c_str(), mode);
    }
    void link(const std::string& target, const std::string& name) const {
        fs::create_directories((path_ / name).parent_path());
        fs::create_symlink(target, path_ / name);
    }
    void give(const std::string& name, std::uint32_t uid, std::uint32_t gid) const {
        REQUIRE(lchown((path_ / name).c_str(), uid, gid) == 0);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

    [[nodiscard]] ProgramFile say(const std::string& path) const {
        ProgramFiles files(path_);
        model::Identities identities;
        model::Process process;
        process.exe = ForeignText(path);
        identities.add(process);
        const auto said = files.look(identities);
        REQUIRE(said.size() == 1);
        CHECK(said[0].path.raw_bytes() == path);
        return said[0];
    }

  private:
    fs::path path_;
};

std::string package(const Host& host, const std::string& path) {
    return host.say(path).package.raw_bytes();
}

model::Process running(const char* exe, const char* script = "") {
    model::Process process;
    process.exe = ForeignText(exe);
    process.script = ForeignText(script);
    return process;
}

} // namespace

TEST_CASE("a file is its owner's, and others may write to it where a mode on the way says so") {
    const Host host;
    host.write("usr/bin/curl");
    CHECK(host.say("/usr/bin/curl").owner == getuid());
    CHECK_FALSE(host.say("/usr/bin/curl").writable_by_others);
    CHECK_FALSE(host.say("/usr/bin/curl").in_home);
    host.write("usr/bin/open", "", 0757);
    CHECK(host.say("/usr/bin/open").writable_by_others);
    host.write("tmp/deep/below/x");
    CHECK_FALSE(host.say("/tmp/deep/below/x").writable_by_others);
    host.make("tmp", 01777); // sticky
    CHECK(host.say("/tmp/deep/below/x").writable_by_others);
}

TEST_CASE("of a file that is gone the folders still tell") {
    const Host host;
    host.make("tmp", 01777);
    host.make("usr/sbin", 0755);
    CHECK(host.say("/tmp/gone").writable_by_others);
    CHECK_FALSE(host.say("/tmp/gone").owner);
    CHECK(host.say("/tmp/no/such/folder").writable_by_others);
    CHECK_FALSE(host.say("/usr/sbin/gone").writable_by_others);
    CHECK_FALSE(host.say("/usr/sbin/gone").owner);
    CHECK(host.say("/home/alice/gone").in_home);
}

TEST_CASE("homes are /home, /root and those of people, by any way that leads there") {
    const Host host;
    host.write("srv/alice/run");
    host.write("data/homes/bob/run");
    host.link("/data/homes", "home");
    host.link("../../srv/alice/run", "usr/bin/run");
    for (const std::string path :
         {"/srv/alice/run", "/home/bob/run", "/data/homes/bob/run", "/root/x", "/usr/bin/run"}) {
        CAPTURE(path);
        CHECK(host.say(path).in_home);
    }
    for (const std::string path : {"/srv/alicex/run", "/var/www/x", "/bin/x", "/usr/bin/x", "/homework/x"}) {
        CAPTURE(path);
        CHECK_FALSE(host.say(path).in_home);
    }
}

TEST_CASE("a link is judged by all folders that it leads through") {
    const Host host;
    host.write("opt/app/run");
    host.make("tmp", 01777);
    host.link("/opt/app/run", "tmp/step");
    host.link("/tmp/step", "usr/bin/app");
    CHECK(host.say("/usr/bin/app").writable_by_others);
    host.link("../../opt/app/run", "usr/bin/straight");
    CHECK_FALSE(host.say("/usr/bin/straight").writable_by_others);
    CHECK(host.say("/usr/bin/straight").owner == getuid());
    CHECK_FALSE(host.say("/tmp/../opt/app/run").writable_by_others); // nobody can lead `..` elsewhere
}

TEST_CASE("who else is in a group, or owns a folder on the way, is one who may change a file") {
    if (!tests::has_root()) { // who alone can give files away
        return;
    }
    const Host host;
    const auto others = [&](std::uint32_t uid, std::uint32_t gid) {
        host.write("opt/app/run", "", 0775);
        host.give("opt/app/run", uid, gid);
        return host.say("/opt/app/run").writable_by_others;
    };
    CHECK_FALSE(others(0, 0));
    CHECK_FALSE(others(0, 50)); // of Debian's own, and empty
    CHECK_FALSE(others(1000, 1000));
    CHECK(others(0, 1000));
    CHECK(others(1000, 2000));
    CHECK(others(0, 2001)); // of somebody whom passwd(5) does not have
    CHECK(others(0, 4711)); // of nobody knows whom
    CHECK(others(0, 33));
    host.write("opt/app/run");
    host.give("opt/app", 1000, 1000);
    host.give("opt/app/run", 0, 0);
    CHECK(host.say("/opt/app/run").owner == 1000U);
    CHECK_FALSE(host.say("/opt/app/run").writable_by_others);
    host.give("opt/app/run", 1001, 1001);
    CHECK(host.say("/opt/app/run").owner == 1001U);
    CHECK(host.say("/opt/app/run").writable_by_others);
}

TEST_CASE("a package ships a file by dpkg's lists, wherever /bin is") {
    const Host host;
    host.write("usr/bin/ping");
    host.write("usr/bin/curl");
    host.write("usr/sbin/cron");
    host.write("usr/local/bin/own");
    host.write("var/lib/dpkg/info/iputils-ping.list", "/.\n/bin\n/bin/ping\n");
    host.write("var/lib/dpkg/info/libcurl:amd64.list", "/.\n/usr/bin/curl"); // the end without a newline
    host.write("var/lib/dpkg/info/cron.list", "/usr/sbin/cron\n/usr/local\n");
    host.write("var/lib/dpkg/info/cron.md5sums", "/usr/local/bin/own\n");
    CHECK(package(host, "/usr/bin/ping").empty()); // as long as /bin is another folder
    host.link("usr/bin", "bin");
    host.link("/usr/sbin", "sbin");
    CHECK(package(host, "/usr/bin/ping") == "iputils-ping");
    CHECK(package(host, "/bin/ping") == "iputils-ping");
    CHECK(package(host, "/bin/curl") == "libcurl");
    CHECK(package(host, "/sbin/cron") == "cron");
    CHECK(package(host, "/usr/local/bin/own").empty());
    CHECK(package(host, "/usr/bin/gone").empty());
}

TEST_CASE("a file that was diverted is its package's where it is now") {
    const Host host;
    host.link("usr/bin", "bin");
    host.write("usr/bin/sh");
    host.write("usr/bin/sh.distrib");
    host.write("usr/bin/tool");
    host.write("usr/bin/tool.real");
    host.write("var/lib/dpkg/info/bash.list", "/bin/sh\n");
    host.write("var/lib/dpkg/info/dash.list", "/bin/sh\n/usr/bin/tool\n");
    host.write("var/lib/dpkg/diversions",
               "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/tool\n/usr/bin/tool.real\n:\n/usr/bin/cut\n");
    CHECK(package(host, "/usr/bin/sh") == "dash");
    CHECK(package(host, "/usr/bin/sh.distrib") == "bash");
    CHECK(package(host, "/usr/bin/tool").empty()); // the administrator's
    CHECK(package(host, "/usr/bin/tool.real") == "dash");
}

TEST_CASE("a package is believed of no file that others may write, and of none in a home") {
    const Host host;
    host.write("tmp/x");
    host.make("tmp", 01777);
    host.write("home/bob/x");
    host.write("var/lib/dpkg/info/odd.list", "/tmp/x\n/home/bob/x\n");
    CHECK(package(host, "/tmp/x").empty());
    CHECK(package(host, "/home/bob/x").empty());
}

TEST_CASE("each path is looked at once: executables and scripts of processes that are the host's own") {
    const Host host;
    host.write("usr/bin/python3");
    host.write("opt/job.py");
    ProgramFiles files(host.path());
    model::Identities identities;
    CHECK(files.look(identities).empty());
    identities.add(running("/usr/bin/python3", "/opt/job.py"));
    identities.add(running("/usr/bin/python3", "job.py")); // somewhere
    identities.add(running(".../cut/path"));
    identities.add(running(""));
    auto other = running("/opt/contained", "/opt/contained.sh");
    other.contained = true;
    identities.add(other);
    other = running("memfd:x");
    other.in_memory = true;
    identities.add(other);
    const auto first = files.look(identities);
    REQUIRE(first.size() == 2);
    CHECK(first[0].path.raw_bytes() == "/usr/bin/python3");
    CHECK(first[1].path.raw_bytes() == "/opt/job.py");
    identities.add(running("/usr/bin/python3", "/opt/second.py"));
    const auto second = files.look(identities);
    REQUIRE(second.size() == 1);
    CHECK(second[0].path.raw_bytes() == "/opt/second.py");
    CHECK(files.look(identities).empty());
    CHECK(files.left_out() == 0);
}

TEST_CASE("when dpkg has changed something all are looked at again, and what is gone stays as it was") {
    const Host host;
    host.write("var/lib/dpkg/status", "");
    host.write("usr/sbin/nginx");
    host.write("usr/sbin/gone");
    host.write("usr/sbin/same");
    ProgramFiles files(host.path());
    model::Identities identities;
    identities.add(running("/usr/sbin/nginx"));
    identities.add(running("/usr/sbin/gone"));
    identities.add(running("/usr/sbin/same"));
    CHECK(files.look(identities).size() == 3);
    host.write("var/lib/dpkg/info/nginx.list", "/usr/sbin/nginx\n");
    fs::remove(host.path() / "usr/sbin/gone");
    CHECK(files.look_again().empty());
    const auto status = host.path() / "var/lib/dpkg/status";
    fs::last_write_time(status, fs::last_write_time(status) + std::chrono::seconds(5));
    const auto again = files.look_again();
    REQUIRE(again.size() == 1);
    CHECK(again[0].path.raw_bytes() == "/usr/sbin/nginx");
    CHECK(again[0].package.raw_bytes() == "nginx");
    CHECK(files.look_again().empty());
}

TEST_CASE("more paths than there is room for are counted and not looked at") {
    const Host host;
    ProgramFiles files(host.path(), 3);
    model::Identities identities;
    for (int number = 0; number < 5; ++number) {
        identities.add(running(("/bin/" + std::to_string(number)).c_str()));
    }
    CHECK(files.look(identities).size() == 3);
    CHECK(files.left_out() == 2);
}

TEST_CASE("whatever a path says, the look comes back, and does not leave the root") {
    const Host host;
    host.link("loop", "loop");
    host.link("/deep/deep", "deep");
    host.link("/../../../../etc", "out");
    host.write("opt/file");
    REQUIRE(mkfifo((host.path() / "opt/fifo").c_str(), 0666) == 0);
    for (const auto& path :
         {std::string("/loop"), std::string("/loop/x"), std::string("/deep/x"), std::string("/opt/file/x"),
          std::string("/opt/file/../file"), std::string("/\xff\x1b[2J\n"), std::string("/a\0b", 4),
          std::string(5000, '/') + std::string(5000, 'a'), std::string("//") + std::string(300, 'b'),
          std::string("/..") + std::string(200, '/') + "x"}) {
        CAPTURE(path.size());
        CHECK_FALSE(host.say(path).owner);
    }
    std::string many = "/opt";
    for (int part = 0; part < 3000; ++part) {
        many += "/../opt";
    }
    CHECK_FALSE(host.say(many).owner);
    CHECK(host.say("/opt/fifo").owner == getuid());
    CHECK(host.say("/out/passwd").owner == getuid()); // the root's own
    CHECK(host.say("/out/hostname").owner == std::nullopt);
    CHECK(host.say("/").owner == getuid());
}

TEST_CASE("no user but root takes the room of others") {
    const Host host;
    ProgramFiles files(host.path(), 160);
    model::Identities identities;
    const auto run_by = [&](std::uint32_t uid, const std::string& folder, int count) {
        for (int number = 0; number < count; ++number) {
            auto process = running((folder + std::to_string(number)).c_str());
            process.uid = uid;
            identities.add(process);
        }
        return files.look(identities).size();
    };
    CHECK(run_by(1000, "/srv/junk/", 200) == 20);
    CHECK(files.left_out() == 180);
    CHECK(run_by(33, "/srv/www/", 5) == 5);
    CHECK(run_by(0, "/usr/sbin/", 100) == 100);
    CHECK(run_by(1000, "/srv/more/", 1) == 0);
}
