#include "applying.hpp"

#include "ground/endpoint.hpp"
#include "ground/failure.hpp"
#include "ground/wait_for_file.hpp"

#include <model/time.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <fstream>
#include <sstream>

namespace fwlearn::kernel_test {
namespace {

constexpr std::uint16_t service_port = 22;
constexpr int patience = 30000; ///< milliseconds; far beyond what anything here takes

/// A line of flows --json.
std::string flow(const std::string& first, const std::string& last, const std::string& address, int port,
                 int uid, const std::string& unit, const std::string& name) {
    std::ostringstream line;
    line << R"({"first_seen":")" << first << R"(","last_seen":")" << last
         << R"(","count":3,"answered":3,"replied":true,"protocol":"tcp","address":")" << address
         << R"(","port":)" << port << R"(,"attribution":"exact","owner":{"kind":"user","uid":)" << uid
         << R"(,"gid":)" << uid << R"(},"process":{"exe":"/usr/sbin/p","uid":)" << uid << R"(,"unit":")"
         << unit << R"(","cgroup":")" << (unit.empty() ? "" : "/system.slice/" + unit)
         << R"("},"task":{"kind":"service","name":")" << unit << R"("},"names":[)"
         << (name.empty() ? "" : "\"" + name + "\"") << "]"
         << (name.empty() ? "" : R"(,"name_source":"dns of the process")") << "}\n";
    return line.str();
}

bool is_readable(const Fd& socket) {
    pollfd waited{socket.get(), POLLIN, 0};
    return poll(&waited, 1, patience) == 1;
}

bool passes(const Fd& from, const Fd& to) {
    const char sent = 'x';
    char got = 0;
    return send(from.get(), &sent, 1, MSG_NOSIGNAL) == 1 && is_readable(to) &&
           recv(to.get(), &got, 1, 0) == 1 && got == sent;
}

/// Nothing where it is refused; what is dropped is refused by time.
Fd connected(const Namespace& from, const model::Address& address, std::uint16_t port) {
    const Inside inside(from);
    Fd socket(must(::socket(domain(address), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    const timeval limit{10, 0};
    must(setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), "SO_SNDTIMEO");
    const auto at = endpoint(address, port);
    if (connect(socket.get(), at.get(), at.size) != 0) {
        return {};
    }
    return socket;
}

} // namespace

Applying::Applying() {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto first = model::to_rfc3339(now - std::chrono::hours(25));
    // The observation ends when the last flow was seen; the test may take a while.
    const auto last = model::to_rfc3339(now);
    // An imported line counts in the hour in which it began: so one of each for yesterday, and one for today.
    const auto today = model::to_rfc3339(now - std::chrono::hours(1));
    std::string lines;
    for (const auto& began : {first, today}) {
        lines += flow(began, last, "203.0.113.1", 5001, 4242, "", "") +
                 flow(began, last, "203.0.113.2", 5002, 4242, "", "") +
                 flow(began, last, "2001:db8:2::1", 5001, 4243, "", "") +
                 flow(began, last, "198.51.100.7", 5003, 4244, "", "cdn.example.org") +
                 flow(began, last, "203.0.113.4", 5004, 0, "not-here.service", "") +
                 flow(began, last, "203.0.113.5", 5005, 0, "nor-here.service", "");
    }
    must_run(command({"import", "--format", "jsonl", file("record.jsonl", lines)}));
}

std::vector<std::string> Applying::command(std::vector<std::string> arguments) const {
    const bool has_state =
        arguments.front() == "apply" || arguments.front() == "confirm" || arguments.front() == "rollback";
    if (has_state) {
        arguments.insert(arguments.end(), {"--state", state("").string()});
    }
    arguments.insert(arguments.begin(), {FWLEARN_PROGRAM, "--db", (directory_.path() / "flows.db").string()});
    return arguments;
}

Result Applying::run(const std::vector<std::string>& arguments) const {
    return kernel_test::run(command(arguments), {.netns = lab_.server().name()});
}

std::string Applying::suggestion(const std::vector<std::string>& options, const std::string& format) const {
    std::vector<std::string> arguments{"suggest", "-o", format};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return must_run(command(arguments));
}

void Applying::load(const std::string& commands) const {
    must_run({"nft", "-f", "-"}, {.netns = lab_.server().name(), .input = commands + "\n"});
}

void Applying::load_another_programs_tables() const {
    load("table ip another {\n"
         "\tset blocked {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\telements = { 192.0.2.128/25, "
         "10.0.0.0/8 }\n\t}\n"
         "\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n\t\tip saddr @blocked "
         "drop\n\t}\n"
         "\tchain out {\n\t\ttype filter hook output priority 0; policy accept;\n"
         "\t\tip daddr @blocked reject comment \"another's\"\n\t\ttcp dport 25 counter drop\n\t}\n}\n"
         "table inet another {\n\tchain nat {\n\t\ttype nat hook postrouting priority 100; policy accept;\n"
         "\t\toifname \"tun0\" masquerade\n\t}\n}\n");
}

std::string Applying::ruleset() const {
    return must_run({"nft", "-s", "list", "ruleset"}, {.netns = lab_.server().name()});
}

void Applying::forget_neighbours() const {
    for (const auto& [netns, other] :
         {std::pair(&lab_.server(), "2001:db8:1::1"), std::pair(&lab_.internet(), "2001:db8:1::10")}) {
        must_run({"ip", "-n", netns->name(), "neighbour", "del", other, "dev", Lab::cable});
    }
}

std::string Applying::file(const std::string& name, const std::string& content) const {
    const auto path = directory_.path() / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
}

std::filesystem::path Applying::state(const std::string& name) const {
    return directory_.path() / "state" / name;
}

void Applying::write_state(const std::string& name, const std::string& content) const {
    std::ofstream(state(name), std::ios::binary) << content;
}

std::string Applying::read_state(const std::string& name) const {
    std::stringstream content;
    content << std::ifstream(state(name), std::ios::binary).rdbuf();
    return content.str();
}

void Applying::change_state(const std::string& name, const std::string& what,
                            const std::string& other) const {
    auto content = read_state(name);
    const auto at = content.find(what);
    if (at == std::string::npos) {
        throw std::runtime_error(name + " has no " + what);
    }
    write_state(name, content.replace(at, what.size(), other));
}

void Applying::wait_until_taken_back() const {
    std::filesystem::create_directories(state(""));
    std::filesystem::permissions(state(""), std::filesystem::perms::owner_all);
    wait_for_file(state("taken-back.json"));
    wait_for_no_file(state("armed.json")); // the last that the way back does
}

std::string Applying::way_back_pid(const std::string& said) {
    constexpr std::string_view before = "(by process ";
    const auto at = said.find(before);
    if (at == std::string::npos) {
        throw std::runtime_error("no way back is told: " + said);
    }
    const auto begin = at + before.size();
    return said.substr(begin, said.find(')', begin) - begin);
}

Applying::Outcome Applying::outcome() const {
    const auto all = read_state("taken-back.json");
    const auto number = [&all](const std::string& key) {
        const auto at = all.find("\"" + key + "\": ");
        if (at == std::string::npos) {
            throw std::runtime_error("no " + key + " in " + all);
        }
        return std::chrono::milliseconds(std::stoll(all.substr(at + key.size() + 4)));
    };
    return {number("deadline_ms"), number("begun_ms"), number("ended_ms")};
}

Session::Session(const Lab& lab) : lab_(lab) {
    {
        const Inside inside(lab.server());
        const auto any = *model::Address::parse("::");
        listener_ = Fd(must(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        const int off = 0;
        must(setsockopt(listener_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off), "IPV6_V6ONLY");
        const auto at = endpoint(any, service_port);
        must(bind(listener_.get(), at.get(), at.size), "bind");
        must(listen(listener_.get(), 16), "listen");
    }
    for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
        inbound_.push_back(come_in(family));
    }
    outbound_ = connected(lab.server(), *model::Address::parse("203.0.113.90"), 5001);
    if (inbound_[0].client.get() < 0 || inbound_[1].client.get() < 0 || outbound_.get() < 0 || !echoes()) {
        throw std::runtime_error("the session cannot begin");
    }
}

Session::Pair Session::come_in(model::Family family) const {
    Pair pair;
    pair.client = connected(lab_.internet(), Lab::server_address(family), service_port);
    if (pair.client.get() >= 0 && is_readable(listener_)) {
        pair.server = Fd(must(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
    }
    return pair;
}

bool Session::echoes() const {
    bool all = true;
    for (const auto& pair : inbound_) {
        all = passes(pair.client, pair.server) && passes(pair.server, pair.client) && all;
    }
    return passes(outbound_, outbound_) && all; // the responder's echo
}

bool Session::server_speaks_first() const {
    bool all = true;
    for (const auto& pair : inbound_) {
        all = passes(pair.server, pair.client) && all;
    }
    return all;
}

bool Session::can_come_in() const {
    const auto pair = come_in(model::Family::ipv6);
    return pair.server.get() >= 0 && passes(pair.client, pair.server) && passes(pair.server, pair.client);
}

bool Session::can_go_out(const std::string& address) const {
    return connected(lab_.server(), *model::Address::parse(address), 5001).get() >= 0;
}

Terminal::Terminal(const Applying& server, const std::vector<std::string>& arguments) {
    const auto command = server.command(arguments);
    std::vector<char*> argv;
    for (const auto& argument : command) {
        argv.push_back(const_cast<char*>(argument.c_str())); // NOLINT: execv(3) does not write to it
    }
    argv.push_back(nullptr);
    const Inside inside(server.lab().server());
    int master = -1;
    pid_ = must(forkpty(&master, nullptr, nullptr, nullptr), "forkpty");
    if (pid_ == 0) {
        execv(argv.front(), argv.data());
        _exit(127);
    }
    master_ = Fd(master);
    must(fcntl(master, F_SETFD, FD_CLOEXEC), "FD_CLOEXEC");
}

Terminal::~Terminal() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
}

void Terminal::wait_for(const std::string& words) {
    while (said_.find(words) == std::string::npos) {
        std::array<char, 4096> piece{};
        const auto got = is_readable(master_) ? read(master_.get(), piece.data(), piece.size()) : 0;
        if (got <= 0) { // EIO: nobody is on the other side any more
            throw std::runtime_error("it never says '" + words + "', but: " + said_);
        }
        said_.append(piece.data(), static_cast<std::size_t>(got));
    }
}

void Terminal::type(const std::string& words) const {
    must(static_cast<int>(write(master_.get(), words.data(), words.size())), "write");
}

void Terminal::hang_up() {
    master_.reset();
    status();
}

int Terminal::status() {
    int ended = 0;
    must(waitpid(pid_, &ended, 0), "waitpid");
    pid_ = -1;
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
}

} // namespace fwlearn::kernel_test
