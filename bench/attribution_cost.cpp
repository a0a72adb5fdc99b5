// What a server pays for being told who sends: the same work without and with the BPF programs, in turn.
#include "command_line.hpp"
#include "figures.hpp"
#include "paired.hpp"
#include "sink.hpp"
#include "two_cgroups.hpp"

#include <collector/process/attributor.hpp>

#include <bpf/bpf.h>
#include <ground/endpoint.hpp>
#include <ground/failure.hpp>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using bench::Figures;
using bench::Paired;
using bench::Sink;
using collector::process::Attributor;
using Clock = std::chrono::steady_clock;

namespace {

double nanoseconds(Clock::duration duration) {
    return std::chrono::duration<double, std::nano>(duration).count();
}

/// What a workload keeps between its runs, of the one cgroup or of the other.
struct Side {
    Fd stream; ///< a TCP connection that was made in it
};

Endpoint sink_at(unsigned index) {
    return endpoint(Lab::internet_address(model::Family::ipv4, index), Sink::port);
}

/// Each call's own time, in the median.
template <typename Call>
double median_time(unsigned calls, const Call& call) {
    std::vector<double> times;
    times.reserve(calls);
    for (unsigned i = 0; i < calls; ++i) {
        times.push_back(call(i));
    }
    return bench::median(std::move(times));
}

/// connect(2) of TCP, until it is established.
double tcp_connect(Side&) {
    const auto to = sink_at(1);
    return median_time(1000, [&](unsigned) {
        const Fd socket(must(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        const linger reset{1, 0}; // leaves no TIME_WAIT behind
        setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        const auto begin = Clock::now();
        must(connect(socket.get(), to.get(), to.size), "connect");
        return nanoseconds(Clock::now() - begin);
    });
}

double new_socket(Side&) {
    return median_time(4000, [&](unsigned) {
        const auto begin = Clock::now();
        const Fd socket(must(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
        return nanoseconds(Clock::now() - begin);
    });
}

double udp_connect(Side&) {
    const auto to = sink_at(2);
    return median_time(4000, [&](unsigned) {
        const Fd socket(must(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
        const auto begin = Clock::now();
        must(connect(socket.get(), to.get(), to.size), "connect");
        return nanoseconds(Clock::now() - begin);
    });
}

/// sendto(2) of a socket that is not connected, to `places` addresses in turn.
double send_to(unsigned places) {
    std::vector<Endpoint> to;
    for (unsigned i = 0; i < places; ++i) {
        to.push_back(sink_at(i));
    }
    const Fd socket(must(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    return median_time(20000, [&](unsigned i) {
        const auto& place = to[i % places];
        const auto begin = Clock::now();
        sendto(socket.get(), "x", 1, 0, place.get(), place.size);
        return nanoseconds(Clock::now() - begin);
    });
}

double send_to_the_same(Side&) {
    return send_to(1);
}
double send_to_another(Side&) {
    return send_to(512);
}

/// As after some minutes: as many flows as the programs can keep, and all their memory touched. In a virtual
/// machine the first touch of a page alone may take ten times what is measured here.
void fill() {
    constexpr unsigned places = 512;
    constexpr unsigned sockets = 160;
    for (unsigned i = 0; i < sockets; ++i) {
        const Fd socket(must(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
        for (unsigned place = 0; place < places; ++place) {
            const auto to = sink_at(place);
            sendto(socket.get(), "x", 1, 0, to.get(), to.size);
        }
    }
}

/// A UDP flow that there never was: sendto(2) of a new socket.
double first_datagram(Side&) {
    return median_time(4000, [&](unsigned i) {
        const auto to = sink_at(i % 512);
        const Fd socket(must(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
        const auto begin = Clock::now();
        sendto(socket.get(), "x", 1, 0, to.get(), to.size);
        return nanoseconds(Clock::now() - begin);
    });
}

/// send(2) of a connected UDP socket, 1,000 octets each: nanoseconds a packet, by sixteens, in the median.
double udp_stream(Side&) {
    const auto to = sink_at(3);
    const Fd socket(must(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    must(connect(socket.get(), to.get(), to.size), "connect");
    const std::array<char, 1000> packet{};
    constexpr unsigned together = 16;
    return median_time(2000, [&](unsigned) {
        const auto begin = Clock::now();
        for (unsigned i = 0; i < together; ++i) {
            send(socket.get(), packet.data(), packet.size(), 0);
        }
        return nanoseconds(Clock::now() - begin) / together;
    });
}

/// An established connection as fast as it goes: nanoseconds for 1,448 octets, a full segment.
double tcp_stream(Side& side) {
    if (side.stream.get() < 0) {
        const auto to = sink_at(4);
        side.stream = Fd(must(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        must(connect(side.stream.get(), to.get(), to.size), "connect");
    }
    static const std::vector<char> block(256 * 1024);
    const auto send_for = [&](std::chrono::milliseconds time) {
        std::size_t sent = 0;
        const auto end = Clock::now() + time;
        while (Clock::now() < end) {
            sent += static_cast<std::size_t>(
                must(static_cast<int>(send(side.stream.get(), block.data(), block.size(), 0)), "send"));
        }
        return sent;
    };
    send_for(std::chrono::milliseconds(20)); // until the buffers are full again
    const auto begin = Clock::now();
    const auto sent = send_for(std::chrono::milliseconds(100));
    constexpr double segment = 1448;
    return nanoseconds(Clock::now() - begin) / (static_cast<double>(sent) / segment);
}

/// fork, execve, exit and wait of a small program.
double short_process() {
    return median_time(100, [](unsigned) {
        std::array<char*, 2> arguments{const_cast<char*>("true"), nullptr}; // NOLINT: not written to
        pid_t pid = 0;
        const auto begin = Clock::now();
        if (posix_spawn(&pid, "/usr/bin/true", nullptr, nullptr, arguments.data(), environ) != 0) {
            fail("posix_spawn");
        }
        waitpid(pid, nullptr, 0);
        return nanoseconds(Clock::now() - begin);
    });
}

struct Workload {
    const char* name;
    double (*run)(Side&);
};
constexpr std::array<Workload, 8> workloads{{
    {"socket(), UDP", new_socket},
    {"connect(), TCP, established", tcp_connect},
    {"connect(), UDP", udp_connect},
    {"sendto(), the same place again", send_to_the_same},
    {"sendto(), another place each", send_to_another},
    {"sendto(), of a new socket", first_datagram},
    {"packet of a connected UDP stream", udp_stream},
    {"segment of an established TCP stream", tcp_stream},
}};

std::unique_ptr<Attributor> loaded() {
    auto attributor = std::make_unique<Attributor>();
    if (attributor->means() != model::AttributionMeans::bpf) {
        throw std::runtime_error(attributor->why_not_better());
    }
    return attributor;
}

/// The value of "LABEL:\tNUMBER" among lines; nothing where there is none.
std::optional<std::uint64_t> number_in(const std::string& text, const std::string& label) {
    const auto at = text.find(label + ":\t");
    std::uint64_t number = 0;
    if (at == std::string::npos) {
        return std::nullopt;
    }
    const char* const begin = text.data() + at + label.size() + 2;
    std::from_chars(begin, text.data() + text.size(), number);
    return number;
}

struct Loaded {
    std::uint64_t map_bytes = 0;
    struct Runs {
        std::uint64_t count = 0;
        std::uint64_t nanoseconds = 0;
    };
    std::map<std::string, Runs> programs;
};

/// What the kernel says of the maps and programs that this process holds (bpf(2), /proc/PID/fdinfo).
Loaded what_is_loaded() {
    Loaded result;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
        std::ifstream file(entry.path());
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        if (text.find("map_type:") != std::string::npos) {
            result.map_bytes += number_in(text, "memlock").value_or(0);
        } else if (text.find("prog_type:") != std::string::npos &&
                   text.find("link_type:") == std::string::npos) {
            bpf_prog_info info{};
            std::uint32_t size = sizeof info;
            const int fd = std::stoi(entry.path().filename().string());
            if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0) {
                result.programs[info.name] = {info.run_cnt, info.run_time_ns};
            }
        }
    }
    return result;
}

void add(Figures& figures, const std::string& name, const Paired& result) {
    figures.add(name + ", without", result.without, "ns");
    figures.add(name + ", with", result.with, "ns");
    figures.add(name + ", added", result.added, "ns");
    figures.add(name + ", with to without", result.ratio, "ratio");
}

void measure_pairs(std::uint64_t pairs, Figures& figures) {
    {
        const bench::TwoCgroups cgroups;
        const auto attributor = loaded();
        cgroups.with.enter();
        fill();
        for (const auto& workload : workloads) {
            std::array<Side, 2> sides;
            const auto within = [&](const bench::Cgroup& cgroup, Side& side) {
                return [&] {
                    cgroup.enter();
                    return workload.run(side);
                };
            };
            within(cgroups.with, sides[1])(); // once for nothing: caches, neighbours
            add(figures, workload.name,
                bench::paired(pairs, within(cgroups.without, sides[0]), within(cgroups.with, sides[1])));
        }
    }
    const auto with = [] {
        const auto attributor = loaded();
        return short_process();
    };
    add(figures, "process: fork, execve, exit", bench::paired(pairs / 4 + 1, short_process, with));
}

/// The kernel's own measure, while all workloads run once more.
void measure_programs(Figures& figures) {
    const auto attributor = loaded();
    fill();
    const Fd statistics(must(bpf_enable_stats(BPF_STATS_RUN_TIME), "BPF_ENABLE_STATS"));
    for (const auto& workload : workloads) {
        Side side;
        workload.run(side);
    }
    const auto all = what_is_loaded();
    for (const auto& [name, runs] : all.programs) {
        if (runs.count > 0) {
            figures.add("one run of the program " + name,
                        {static_cast<double>(runs.nanoseconds) / static_cast<double>(runs.count)}, "ns");
        }
    }
    constexpr double megabyte = 1e6;
    figures.add("kernel memory of all maps", {static_cast<double>(all.map_bytes) / megabyte}, "MB");
}

} // namespace

int main(int argc, char** argv) {
    return bench::run({"bench_attribution_cost", {}, "PAIRS", 61}, argc, argv,
                      [](const auto&, std::uint64_t pairs) {
                          const Lab lab;
                          const Sink sink(lab);
                          const Inside inside(lab.server());
                          bench::stay_on(0);
                          Figures figures("attribution");
                          measure_pairs(pairs, figures);
                          measure_programs(figures);
                          figures.write();
                      });
}
