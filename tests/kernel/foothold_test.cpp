// Is a foothold that somebody has on a server told from the server's own work, and its work from footholds?
#include "ground/observing.hpp"
#include "ground/process.hpp"
#include "ground/responder.hpp"
#include "ground/temporary.hpp"

#include <analyzer/suggest.hpp>
#include <analyzer/verdict.hpp>
#include <collector/process/cgroup_root.hpp>
#include <model/vocabulary.hpp>
#include <sql/reader.hpp>

#include <doctest/doctest.h>
#include <suspicion.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

namespace fs = std::filesystem;

/// A folder of the test's own anywhere, gone with the object.
class Folder {
  public:
    explicit Folder(const std::string& parent, unsigned mode = 0755) {
        std::string pattern = parent + "/fwlearn-foothold-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr || chmod(pattern.c_str(), mode) != 0) {
            fail("mkdtemp");
        }
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::string with(const std::string& name) const { return path_ + "/" + name; }
    /// A copy of a program, root's.
    [[nodiscard]] std::string program(const std::string& name, const std::string& from) const {
        fs::copy_file(from, with(name));
        chmod(with(name).c_str(), 0755);
        return with(name);
    }
    [[nodiscard]] std::string script(const std::string& name, const std::string& text) const {
        std::ofstream(with(name)) << text;
        chmod(with(name).c_str(), 0755);
        return with(name);
    }

  private:
    std::string path_;
};

/// cgroups of the test's own: one without a unit, and one of a service.
class Cgroups {
  public:
    Cgroups()
        : plain_(collector::process::cgroup2_root("/proc/self/mountinfo") /
                 ("fwlearn-foothold-" + std::to_string(getpid()))),
          web_(plain_ / "web.service") {
        fs::create_directories(web_);
    }
    ~Cgroups() {
        rmdir(web_.c_str());
        rmdir(plain_.c_str());
    }
    Cgroups(const Cgroups&) = delete;
    Cgroups& operator=(const Cgroups&) = delete;
    [[nodiscard]] std::string plain() const { return plain_ / "cgroup.procs"; }
    [[nodiscard]] std::string web() const { return web_ / "cgroup.procs"; }

  private:
    fs::path plain_, web_;
};

/// Who sends one flow, by which the record knows him again.
struct Planted {
    std::string what;
    std::string expected; ///< as answer() gives it
    std::uint16_t port = 0;
};

/// The record as it would be if the test's own program, with what started it, were pid 1: of the processes
/// that a service's descend from, the service manager is not one.
model::Record started_by_init(const model::Record& record) {
    const model::ForeignText self(fs::read_symlink("/proc/self/exe").string());
    model::Record result = record;
    result.identities = {};
    const auto same = [&](model::ProcessId id) {
        auto process = record.identities.process(id);
        auto& ancestors = process.ancestors;
        ancestors.erase(std::find(ancestors.begin(), ancestors.end(), self), ancestors.end());
        return result.identities.add(process);
    };
    result.names.clear(); // nobody here asks for one
    for (auto& flow : result.flows) {
        flow.key.process = same(flow.key.process);
        flow.key.creator = same(flow.key.creator);
        flow.key.task = result.identities.add(record.identities.task(flow.key.task));
        flow.key.interface = result.identities.add_interface(record.identities.interface(flow.key.interface));
        REQUIRE(flow.key.name == model::NameId::unknown);
    }
    return result;
}

class Ground {
  public:
    Ground() : database_(directory_.path() / "flows.db") {
        observing_ = std::make_unique<Observing>(lab_, FWLEARN_PROGRAM, database_);
    }

    /// Runs a line of sh that sends to `$to` `$port`; "$@" makes fwlearn_sender send. With the shells'
    /// variables `py` and `sh_`, which are what Python and bash run to send.
    void plant(const std::string& what, const std::string& expected, const std::string& line,
               bool in_service = false) {
        constexpr std::uint16_t first = 21000;
        const auto port = static_cast<std::uint16_t>(first + planted_.size());
        const auto to = Lab::internet_address(model::Family::ipv4, 7).to_string();
        const auto number = std::to_string(port);
        CAPTURE(what);
        must_run({"sh", "-ec",
                  "exec 3>/dev/null; echo $$ >\"$CGROUP\"; to=" + to + "; port=" + number + "; " + line, "sh",
                  "udp", "0", "0", to, number},
                 {.netns = lab_.server().name(),
                  .environment = {{"CGROUP", in_service ? cgroups_.web() : cgroups_.plain()},
                                  {"sh_", bash(port)},
                                  {"py", python(port)}}});
        planted_.push_back({what, expected, port});
    }

    [[nodiscard]] static std::string bash(std::uint16_t port) {
        return "echo x >/dev/udp/" + Lab::internet_address(model::Family::ipv4, 7).to_string() + "/" +
               std::to_string(port) + "\n";
    }
    [[nodiscard]] static std::string python(std::uint16_t port) {
        return "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('" +
               Lab::internet_address(model::Family::ipv4, 7).to_string() + "', " + std::to_string(port) +
               "))\n";
    }

    /// Ends the observing; what it stored.
    model::Record record() {
        REQUIRE(observing_->stop() == 0);
        return started_by_init(sql::Reader(database_).read());
    }
    [[nodiscard]] const std::vector<Planted>& planted() const { return planted_; }

  private:
    Lab lab_;
    Responder responder_{lab_};
    Cgroups cgroups_;
    TemporaryDirectory directory_;
    fs::path database_;
    std::unique_ptr<Observing> observing_;
    std::vector<Planted> planted_;
};

std::string answer(const analyzer::Suspicion& suspicion, const model::FlowKey& key) {
    if (const auto reason = suspicion.reason_to_distrust(key)) {
        return *reason;
    }
    std::string all;
    for (const auto flag : suspicion.flags_of(key)) {
        all += (all.empty() ? "" : ", ") + std::string(model::to_word(flag));
    }
    return all;
}

const model::Flow* flow_to(const model::Record& record, std::uint16_t port) {
    const auto found =
        std::find_if(record.flows.begin(), record.flows.end(), [port](const model::Flow& flow) {
            return flow.key.destination.service == model::Service::port(model::protocol::udp, port) &&
                   flow.key.owner.kind == model::OwnerKind::user;
        });
    return found == record.flows.end() ? nullptr : &*found;
}

/// What suggest makes of it: the reason for which it is left out, or the flags of the rule that admits it,
/// which other flows may have earned as well.
std::string proposed(const model::Whitelist& whitelist, const model::FlowKey& key) {
    for (const auto& left_out : whitelist.left_out) {
        if (left_out.flow.key == key) {
            return left_out.reason;
        }
    }
    const auto verdict = analyzer::verdict(whitelist, {key.owner, key.destination, {}});
    std::string all = verdict.accepted ? "" : "denied";
    for (const auto& rule : whitelist.rules) {
        for (const auto flag : rule.id == verdict.why ? rule.flags : decltype(rule.flags){}) {
            all += (all.empty() ? "" : ", ") + std::string(model::to_word(flag));
        }
    }
    return all;
}

void check_answers(const Ground& ground, const model::Record& record) {
    const analyzer::Suspicion suspicion(record);
    const auto whitelist =
        analyzer::suggest(record, {.selector = analyzer::SelectorMode::uid, .include_sessions = true});
    for (const auto& planted : ground.planted()) {
        CAPTURE(planted.what);
        const auto* const flow = flow_to(record, planted.port);
        REQUIRE(flow != nullptr);
        CHECK(flow->key.attribution == model::Attribution::exact);
        CHECK(answer(suspicion, flow->key) == planted.expected);
        CHECK(proposed(whitelist, flow->key).find(planted.expected) != std::string::npos);
    }
}

const std::string open_program = "its executable lies where others may write";
const std::string open_script = "its script lies where others may write";

} // namespace

TEST_CASE("footholds of twenty kinds are each told by a reason or a flag") {
    Ground ground;
    const Folder tmp("/tmp");
    const Folder var_tmp("/var/tmp");
    const Folder shm("/dev/shm");
    const Folder own("/var/lib");
    const Folder upload("/var/lib", 0777);
    const Folder root("/root");
    const Folder home("/home");
    const std::string remove_and_run = R"(exec 4<"$p"; rm "$p"; exec /proc/self/fd/4 "$@")";
    const std::string in_memory = R"(exec /usr/bin/python3 -c '
import os, sys
fd = os.memfd_create(sys.argv[2], 0)
os.write(fd, open(sys.argv[1], "rb").read())
os.set_inheritable(3, True)
os.execve(fd, sys.argv[3:], {})' ")" +
                                  std::string(FWLEARN_SENDER) + "\" ";

    for (const auto* folder : {&tmp, &var_tmp, &shm}) {
        ground.plant("a program in " + folder->with(""), open_program,
                     "exec " + folder->program("x", FWLEARN_SENDER) + R"( "$@")");
        ground.plant("a program deleted from " + folder->with(""), open_program,
                     "p=" + folder->program("y", FWLEARN_SENDER) + "; " + remove_and_run);
    }
    ground.plant("a program deleted from a folder of root's", "its executable was deleted",
                 "p=" + own.program("gone", FWLEARN_SENDER) + "; " + remove_and_run);
    ground.plant("a program in memory", "its program was in memory only, in no file",
                 in_memory + R"(x x "$@")");
    ground.plant("a program in memory that looks like the kernel's",
                 "its program was in memory only, in no file",
                 in_memory + R"(/usr/sbin/cron "[kworker/1:2]" "$@")");
    ground.plant("a program in a folder of everybody's elsewhere", open_program,
                 "exec " + upload.program("x", FWLEARN_SENDER) + R"( "$@")");
    ground.plant("a program by an argument like a kernel thread's", "kernel thread's name",
                 R"(exec bash -c 'p=$0; exec -a "[kworker/0:1]" "$p" "$@"' )" +
                     own.program("a", FWLEARN_SENDER) + R"( "$@")");
    ground.plant("a program by a short name like a kernel thread's", "kernel thread's name",
                 "shift; exec " + own.program("b", FWLEARN_SENDER) + R"( disguised "$@")");
    ground.plant("a program in /root", "home", "exec " + root.program("x", FWLEARN_SENDER) + R"( "$@")");
    const auto users = home.program("x", FWLEARN_SENDER);
    REQUIRE(chown(users.c_str(), 33, 33) == 0);
    ground.plant("a user's program in /home", "home, unpackaged", "exec " + users + R"( "$@")");
    const auto written = own.program("written", FWLEARN_SENDER);
    REQUIRE(chown(written.c_str(), 33, 33) == 0);
    ground.plant("what a web server wrote and runs", "unpackaged",
                 "exec setpriv --reuid 33 --regid 33 --clear-groups " + written + R"( "$@")");
    ground.plant("a script in /tmp by bash", open_script,
                 "printf %s \"$sh_\" >" + tmp.with("a.sh") + "; exec bash " + tmp.with("a.sh"));
    ground.plant("a script in /tmp by python", open_script,
                 "printf %s \"$py\" >" + tmp.with("a.py") + "; exec /usr/bin/python3 " + tmp.with("a.py"));
    ground.plant("a script in /dev/shm by its first line", open_script,
                 "(echo '#!/bin/bash'; printf %s \"$sh_\") >" + shm.with("b") + "; chmod 755 " +
                     shm.with("b") + "; exec " + shm.with("b"));
    ground.plant("a script in /tmp, from its folder", "unpackaged",
                 "cd " + tmp.with("") + "; printf %s \"$sh_\" >c.sh; exec bash ./c.sh");
    ground.plant("a script in /tmp by way of a link of root's", open_script,
                 "printf %s \"$py\" >" + tmp.with("d.py") + "; ln -s " + tmp.with("d.py") + " " +
                     own.with("d") + "; exec /usr/bin/python3 " + own.with("d"));
    ground.plant("a script from a pipe", "its script was read from a descriptor, not from a file",
                 R"(exec bash -c 'exec bash <(printf %s "$sh_")')");
    // timeout(1) starts a child and waits for it: by another name it is as good as a server.
    const auto nginx = own.program("nginx", "/usr/bin/timeout");
    ground.plant("a web server's bash", "shell below service", "exec " + nginx + R"( 60 bash -c "$sh_")",
                 true);
    ground.plant("a web server's python", "shell below service",
                 "exec " + nginx + R"( 60 /usr/bin/python3 -c "$py")", true);
    ground.plant("a web server's shell's program", "shell below service",
                 "exec " + nginx + R"( 60 sh -c '"$0" "$@"; true' )" + own.program("c", FWLEARN_SENDER) +
                     R"( "$@")",
                 true);
    CHECK(ground.planted().size() >= 20);
    check_answers(ground, ground.record());
}

TEST_CASE("what root installed sends beside them without a reason or a flag") {
    Ground ground;
    const Folder own("/var/lib");
    ground.plant("Debian's python", "", R"(exec /usr/bin/python3 -c "$py")");
    ground.plant("Debian's bash", "", R"(exec bash -c "$sh_")");
    ground.plant("root's program", "", "exec " + own.program("app", FWLEARN_SENDER) + R"( "$@")");
    ground.plant("root's script", "",
                 "printf %s \"$sh_\" >" + own.with("job") + "; exec bash " + own.with("job"));
    ground.plant("root's script, beside a home that is only named alike", "",
                 "mkdir -p " + own.with("home/root") + "; printf %s \"$py\" >" + own.with("home/root/job") +
                     "; exec /usr/bin/python3 " + own.with("home/root/job"));
    const auto server = own.program("server", "/usr/bin/timeout");
    ground.plant("a server's worker", "",
                 "exec " + server + " 60 " + own.program("worker", FWLEARN_SENDER) + R"( "$@")", true);
    ground.plant("a server that is a script, and what it starts", "",
                 R"(printf '%s "$@"; true' )" + own.program("part", FWLEARN_SENDER) + " >" +
                     own.with("main") + "; exec bash " + own.with("main") + R"( "$@")",
                 true);
    ground.plant("a program that was deployed anew while it ran", "upgraded",
                 "p=" + own.program("new", FWLEARN_SENDER) +
                     R"(; exec 4<"$p"; cp "$p" "$p.next"; mv "$p.next" "$p"; )" +
                     R"(exec /proc/self/fd/4 "$@")");
    const auto record = ground.record();
    check_answers(ground, record);
    const auto bash = std::find_if(record.programs.begin(), record.programs.end(),
                                   [](const auto& file) { return file.path.raw_bytes() == "/usr/bin/bash"; });
    REQUIRE(bash != record.programs.end());
    CHECK(*bash == model::ProgramFile{bash->path, 0U, false, false, model::ForeignText("bash")});
}

TEST_CASE("a sender without a name that keeps a period for hours is a beacon") {
    Ground ground;
    ground.plant("one that keeps it", "beacon", R"(exec /usr/bin/python3 -c "$py")");
    ground.plant("one that does not", "", R"(exec /usr/bin/python3 -c "$py")");
    auto record = ground.record();
    // What would be seen if the test had the time.
    const std::map<std::uint16_t, std::vector<std::uint64_t>> kept{
        {ground.planted()[0].port, {11, 60, 60, 59, 60, 8}},
        {ground.planted()[1].port, {11, 60, 20, 90, 41, 8}}};
    for (auto& flow : record.flows) {
        const auto counts = kept.find(flow.key.destination.service.detail);
        if (counts == kept.end()) {
            continue;
        }
        auto hour = flow.hours.front().hour;
        flow.hours.clear();
        for (const auto count : counts->second) {
            flow.hours.push_back({hour, count});
            hour += std::chrono::hours(1);
        }
    }
    check_answers(ground, record);
}
