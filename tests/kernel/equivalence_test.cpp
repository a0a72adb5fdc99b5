// Do the outputs for nft and for iptables and ip6tables mean the same, in a real kernel, and is it what the
// checker says? Is every output taken by the tool that it is for, without a word?
#include "ground/kernel_verdicts.hpp"
#include "ground/neighbours.hpp"
#include "ground/process.hpp"

#include <analyzer/render/iptables.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/verdict.hpp>
#include <collector/process/cgroup_root.hpp>

#include <corpus.hpp>
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t neighbours_each = 20;
/// Of one whitelist's senders, prefixes and ranges of services so many pairs are tried at most, of every
/// sender as many: with their neighbours there are tags for 60,000 packets.
constexpr std::size_t most_admitted = 150;
constexpr std::size_t most_admitted_of_all = 2500;

bool all_of_it() {
    const char* const full = std::getenv("FWLEARN_FULL");
    return full != nullptr && std::string_view(full) == "1";
}

/// 500 random ones and 50 made by hand; of the random ones a tenth, unless all is asked for.
std::vector<tests::Case> corpus() {
    auto cases = tests::hand_made_cases();
    for (unsigned seed = 0; seed < (all_of_it() ? 500U : 50U); ++seed) {
        cases.push_back(tests::random_case(seed));
    }
    if (FWLEARN_FEW) { // every fifth
        std::size_t index = 0;
        std::erase_if(cases, [&index](const auto&) { return index++ % 5 != 0; });
    }
    return cases;
}

/// The cgroups of a whitelist's units, below one of the test's own, and of what is beside and below each:
/// gone with the object.
class Units {
  public:
    Units() : root_(collector::process::cgroup2_root("/proc/self/mountinfo")) {
        fs::create_directory(root_ / slice());
    }
    ~Units() { remove(root_ / slice()); }
    Units(const Units&) = delete;
    Units& operator=(const Units&) = delete;

    [[nodiscard]] const fs::path& root() const { return root_; }

    /// Moves the whitelist's units below the test's own cgroup, and makes them run.
    void start(tests::Case& one) {
        for (auto& rule : one.whitelist.rules) {
            for (auto& selector : rule.selectors) {
                if (selector.kind == model::SelectorKind::unit) {
                    selector.cgroup = below(selector.cgroup);
                    const auto path = (root_ / selector.cgroup.raw_bytes()).string();
                    fs::create_directories(path + "/below");
                    fs::create_directories(path + "-neighbour");
                    running_.insert(path);
                }
            }
        }
        for (auto& packet : one.admitted) {
            packet.cgroup = packet.cgroup.empty() ? packet.cgroup : below(packet.cgroup);
        }
    }
    [[nodiscard]] std::size_t running() const { return running_.size(); }

  private:
    static std::string slice() { return "fwlearn-test-" + std::to_string(getpid()) + ".slice"; }
    static model::ForeignText below(const model::ForeignText& path) {
        return model::ForeignText(slice() + "/" + path.raw_bytes());
    }
    /// rmdir(2) takes a cgroup that has none below it.
    static void remove(const fs::path& cgroup) {
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(cgroup, ignored)) {
            if (entry.is_directory(ignored)) {
                remove(entry.path());
            }
        }
        fs::remove(cgroup, ignored);
    }

    fs::path root_;
    std::set<std::string> running_;
};

/// Runs a tool in the lab's server; its word on stderr is a failure too.
void take(const Lab& lab, const std::vector<std::string>& command, const std::string& input) {
    const auto result = run(command, {.netns = lab.server().name(), .input = input});
    if (result.status != 0 || !result.err.empty()) {
        throw std::runtime_error(command.front() + ": " + result.err + "\n" + input);
    }
}

std::string words(const Attempt& attempt) {
    return attempt.owner.kind == model::OwnerKind::kernel
               ? std::string("the kernel")
               : "uid " + std::to_string(attempt.owner.uid) + " " + attempt.cgroup;
}

void disagree(const tests::Case& one, const char* output, const Attempt& attempt, bool kernel,
              const analyzer::Verdict& checker) {
    FAIL_CHECK(one.name, ", ", std::string(output), ": ", words(attempt), " ",
               attempt.destination.service.to_string(), " ", attempt.destination.address.to_string(),
               ": the kernel says ", kernel, ", the checker ", checker.accepted, " (", checker.why, ")");
}

struct Agreed {
    std::size_t packets = 0;
    std::size_t accepted = 0;
    std::size_t of_units = 0;  ///< of these, from a cgroup of a unit's
    std::size_t of_kernel = 0; ///< and without a socket
};

void compare(const Lab& lab, const tests::Case& one, const char* output, const model::Whitelist& whitelist,
             std::span<const Attempt> attempts, const Units& units, Agreed& agreed) {
    const auto kernel = kernel_verdicts(lab, attempts, units.root());
    for (std::size_t index = 0; index < attempts.size(); ++index) {
        const auto& [owner, destination, cgroup] = attempts[index];
        const auto expected = analyzer::verdict(whitelist, {owner, destination, model::ForeignText(cgroup)});
        ++agreed.packets;
        if (kernel[index]) {
            ++agreed.accepted;
            agreed.of_units += cgroup.empty() ? 0 : 1;
            agreed.of_kernel += owner.kind == model::OwnerKind::kernel ? 1 : 0;
        }
        if (kernel[index] != expected.accepted) {
            disagree(one, output, attempts[index], kernel[index], expected);
        }
    }
}

/// What iptables can say of it: no units, and no ICMP type 255. Tells whether anything went.
bool restrict_to_iptables(model::Whitelist& whitelist) {
    std::size_t gone = 0;
    for (auto& rule : whitelist.rules) {
        gone += std::erase_if(
            rule.selectors, [](const auto& selector) { return selector.kind == model::SelectorKind::unit; });
        if (rule.protocol == model::protocol::icmp) {
            gone += std::erase_if(rule.details, [](const auto& range) { return range.first >> 8U == 255; });
        }
    }
    std::erase_if(whitelist.rules, [](const auto& rule) { return rule.selectors.empty(); });
    return gone > 0;
}

std::vector<Attempt> attempts_for(const tests::Case& one, unsigned seed) {
    std::vector<Attempt> admitted;
    const auto most = std::min(one.admitted.size(), all_of_it() ? most_admitted_of_all : most_admitted);
    for (std::size_t index = 0; index < most; ++index) {
        const auto& packet = one.admitted[index];
        admitted.push_back({packet.owner, packet.destination, packet.cgroup.raw_bytes()});
    }
    std::sort(admitted.begin(), admitted.end());
    admitted.erase(std::unique(admitted.begin(), admitted.end()), admitted.end());
    if (admitted.empty()) { // then for what nobody may: strangers
        admitted.push_back(
            {model::SocketOwner::user(33, 33),
             {model::Service::port(model::protocol::tcp, 443), Lab::internet_address(model::Family::ipv4, 1)},
             {}});
    }
    auto attempts = neighbours_of(admitted, neighbours_each * admitted.size(), seed);
    attempts.insert(attempts.end(), admitted.begin(), admitted.end());
    return attempts;
}

} // namespace

TEST_CASE(
    "nft, iptables and the checker agree on what a whitelist admits, and on twenty neighbours of each") {
    Agreed nft;
    Agreed iptables;
    std::size_t cases = 0;
    std::size_t restricted = 0;
    for (auto& one : corpus()) {
        CAPTURE(one.name);
        Units units;
        units.start(one);
        const auto attempts = attempts_for(one, static_cast<unsigned>(++cases));
        {
            const Lab lab;
            silence_internet(lab);
            take(lab, {"nft", "-f", "-"}, analyzer::render_nft(one.whitelist));
            if (units.running() > 0) {
                take(lab, {FWLEARN_PROGRAM, "refresh", "--units"}, {});
            }
            compare(lab, one, "nft", one.whitelist, attempts, units, nft);
        }
        const Lab lab;
        silence_internet(lab);
        const auto ipv4 = analyzer::render_iptables(one.whitelist, model::Family::ipv4);
        const auto ipv6 = analyzer::render_iptables(one.whitelist, model::Family::ipv6);
        auto expressed = one.whitelist;
        const bool less = restrict_to_iptables(expressed);
        CHECK(ipv4.not_expressed.empty() != less);
        CHECK(ipv6.not_expressed == ipv4.not_expressed);
        restricted += less ? 1 : 0;
        take(lab, {"ipset", "-exist", "restore"}, analyzer::render_ipset(one.whitelist));
        take(lab, {"iptables-restore", "--noflush"}, ipv4.text);
        take(lab, {"ip6tables-restore", "--noflush"}, ipv6.text);
        compare(lab, one, "iptables", expressed, attempts, units, iptables);
    }
    MESSAGE(cases, " whitelists, ", restricted, " of which iptables cannot say all; nft: ", nft.packets,
            " packets, ", nft.accepted, " accepted, ", nft.of_units, " of them of units and ", nft.of_kernel,
            " of the kernel's; iptables: ", iptables.packets, ", ", iptables.accepted, ", ",
            iptables.of_kernel, " of the kernel's");
    CHECK(nft.accepted > cases);
    CHECK(iptables.accepted > cases);
    CHECK(nft.of_units > 0);
    CHECK(nft.of_kernel > 0);
    CHECK(iptables.of_kernel > 0);
    CHECK(restricted > 0);
}

TEST_CASE("every output is taken by its own tool without a word, loads again, and goes away") {
    const Lab lab;
    for (const auto& one : corpus()) {
        CAPTURE(one.name);
        const auto nft = analyzer::render_nft(one.whitelist);
        take(lab, {"nft", "-c", "-f", "-"}, nft);
        const auto sets = analyzer::render_ipset(one.whitelist);
        const auto ipv4 = analyzer::render_iptables(one.whitelist, model::Family::ipv4).text;
        const auto ipv6 = analyzer::render_iptables(one.whitelist, model::Family::ipv6).text;
        for (int time = 0; time < 2; ++time) {
            take(lab, {"ipset", "-exist", "restore"}, sets);
            take(lab, {"iptables-restore", "--noflush", "--test"}, ipv4);
            take(lab, {"ip6tables-restore", "--noflush", "--test"}, ipv6);
        }
    }
}
