// What fwlearn costs a server on which nothing happens: how often its processes wake, what share of a core
// they take, and the memory that they have, while it observes a namespace in which nobody sends anything.
// Its BPF programs see every process of this machine all the same, so the machine has to be idle, too.
//   bench_idle_cost FWLEARN [SECONDS]
#include "command_line.hpp"
#include "family.hpp"
#include "figures.hpp"
#include "kinds_of_listeners.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

using namespace fwlearn;
using namespace fwlearn::bench;

namespace {

using Clock = std::chrono::steady_clock;

struct Counted {
    double wake_ups = 0;
    double processor_seconds = 0;
};

/// By what the process is called, and where several are called the same, by its turn.
std::map<std::string, Counted> count(const std::set<int>& family) {
    std::map<std::string, Counted> all;
    unsigned turn = 0;
    for (const int pid : family) {
        const auto name = "process " + std::to_string(++turn) + " (" + short_name(pid) + ")";
        all[name] = {static_cast<double>(wake_ups(pid)), processor_seconds_of(pid)};
    }
    return all;
}

void measure(const std::filesystem::path& program, std::uint64_t seconds) {
    /// Parts of the time: what only now and then happens would show in the busiest of them.
    constexpr unsigned parts = 10;
    const kernel_test::Lab lab;
    const kernel_test::TemporaryDirectory work;
    const auto kind = fwlearn_kind({program, {}, {}}, work.path(), "bpf");
    Listener listener(lab, kind);
    const auto family = family_of(listener.pid());
    const auto at_begin = count(family);
    const auto begin = Clock::now();
    auto before = at_begin;
    auto last = begin;
    std::vector<double> wake_ups, share, proportional, resident;
    for (unsigned part = 1; part <= parts; ++part) {
        std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(
                                                  std::chrono::duration<double>(seconds) * part / parts));
        const auto now = Clock::now();
        const double lasted = std::chrono::duration<double>(now - last).count();
        const auto after = count(family);
        Counted sum;
        Memory memory;
        for (const auto& [name, counted] : after) {
            sum.wake_ups += counted.wake_ups - before.at(name).wake_ups;
            sum.processor_seconds += counted.processor_seconds - before.at(name).processor_seconds;
        }
        for (const int pid : family) {
            const auto one = memory_of(pid);
            memory.resident += one.resident;
            memory.proportional += one.proportional;
        }
        constexpr double percent = 100;
        constexpr double megabyte = 1e6;
        wake_ups.push_back(sum.wake_ups / lasted);
        share.push_back(percent * sum.processor_seconds / lasted);
        proportional.push_back(memory.proportional / megabyte);
        resident.push_back(memory.resident / megabyte);
        before = after;
        last = now;
    }
    if (family_of(listener.pid()) != family) {
        throw std::runtime_error("its processes are not those that were there at the beginning");
    }
    const double whole = std::chrono::duration<double>(last - begin).count();
    Figures figures("idle");
    figures.add("time observed", {whole}, "s");
    Counted sum;
    for (const auto& [name, counted] : before) {
        const auto& first = at_begin.at(name);
        sum.wake_ups += counted.wake_ups - first.wake_ups;
        sum.processor_seconds += counted.processor_seconds - first.processor_seconds;
        figures.add("wake-ups, " + name, {(counted.wake_ups - first.wake_ups) / whole}, "1/s");
    }
    figures.add("wake-ups, all processes", {sum.wake_ups / whole}, "1/s");
    figures.add("wake-ups, all processes, in each tenth of the time", wake_ups, "1/s");
    figures.add("processor time, all processes", {100 * sum.processor_seconds / whole}, "% of a core");
    figures.add("processor time, all processes, in each tenth of the time", share, "% of a core");
    figures.add("resident memory, all processes, shared pages once (Pss)", proportional, "MB");
    figures.add("resident memory, all processes, shared pages each time (Rss)", resident, "MB");
    figures.write();
}

} // namespace

int main(int argc, char** argv) {
    constexpr std::uint64_t ten_minutes = 600;
    return run({"bench_idle_cost", {"FWLEARN"}, "SECONDS", ten_minutes}, argc, argv,
               [](const auto& paths, std::uint64_t seconds) { measure(paths[0], seconds); });
}
