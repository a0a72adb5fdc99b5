#include "programs.hpp"

#include "../libbpf.hpp"
#include "collector/process/cgroup_root.hpp"

#include <model/errors.hpp>

#include <attribution.skel.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <numeric>

namespace fwlearn::collector::process {
namespace {

struct DestroySkeleton {
    void operator()(attribution_bpf* skeleton) const { attribution_bpf__destroy(skeleton); }
};

/// Who may keep a connection's first packet from leaving, and no firewall's drop tells: what decides by
/// NFQUEUE in this network namespace (a line each, net/netfilter/nfnetlink_queue.c), and IPVS, which sends
/// packets on as nobody's (net/netfilter/ipvs/ip_vs_xmit.c).
bool packets_go_other_ways() {
    std::ifstream queues("/proc/self/net/netfilter/nfnetlink_queue");
    return queues.peek() != std::ifstream::traits_type::eof() || access("/proc/self/net/ip_vs", F_OK) == 0;
}

} // namespace

struct Programs::State {
    /// Of the cgroups.
    bpf::Descriptor root{
        open(cgroup2_root("/proc/self/mountinfo").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    std::unique_ptr<attribution_bpf, DestroySkeleton> skeleton;
    std::array<std::optional<bpf::Mapping>, 2> memory; ///< of the rings of filings
    FiledFlows flows;                                  ///< of those who file much
    FiledFlows first_flows;                            ///< each user's first of a second
    bpf::Links links;
    bool sees_denied = false;          ///< the program for packets that a firewall denied is attached
    bool sees_before_firewall = false; ///< the program for connections that are about to be made is
    std::uint64_t connections_missed = 0;
    std::uint64_t kept_until = 0; ///< the number that was to be given next when the living were kept last

    /// The kernel runs it five times a connection.
    void see_before_firewall() {
        links.add(bpf_program__attach_cgroup(skeleton->progs.tcp_connecting, root.get()));
        sees_before_firewall = true;
    }

    /// The error, as libbpf has it; 0 when all that is to be loaded is.
    int load(std::uint64_t cgroup_root, std::uint64_t netns, std::uint64_t seed, bool with_denied) {
        skeleton.reset(attribution_bpf__open());
        if (!skeleton) {
            return -errno;
        }
        skeleton->bss->cgroup_root = cgroup_root;
        skeleton->bss->own_netns = netns;
        skeleton->bss->flow_seed = seed;
        bpf_program__set_autoload(skeleton->progs.denied, with_denied);
        return attribution_bpf__load(skeleton.get());
    }

    /// All of it at once: an array's memory is whole pages (kernel/bpf/arraymap.c, array_map_mmap()).
    void map_filings(std::uint64_t seed) {
        const auto mapped = [](const bpf_map* map, std::size_t size, std::optional<bpf::Mapping>& into) {
            into.emplace(bpf_map__fd(map), sizeof(fwlearn_filing) * size);
            return std::span(static_cast<const fwlearn_filing*>(into->get()), size);
        };
        const auto& maps = skeleton->maps;
        const auto& made = skeleton->bss->filings_made;
        flows = FiledFlows(mapped(maps.filings, FWLEARN_FILINGS, memory[0]), &made.number, seed);
        first_flows = FiledFlows(mapped(maps.first_filings, FWLEARN_FIRST_FILINGS, memory[1]),
                                 &made.first_number, seed);
    }

    /// Each CPU counts for itself.
    [[nodiscard]] std::uint64_t count(std::uint32_t which) const {
        std::vector<std::uint64_t> each(static_cast<std::size_t>(std::max(libbpf_num_possible_cpus(), 1)));
        if (bpf_map__lookup_elem(skeleton->maps.counts, &which, sizeof which, each.data(),
                                 each.size() * sizeof(std::uint64_t), 0) != 0) {
            return 0;
        }
        return std::accumulate(each.begin(), each.end(), std::uint64_t{0});
    }

    /// Runs an iterator to its end and gives back what it wrote.
    std::vector<std::uint32_t> walk(bpf_program* program) {
        const bpf::Link link(bpf_program__attach_iter(program, nullptr));
        if (!link) {
            bpf::fail(errno);
        }
        const bpf::Descriptor walker(bpf_iter_create(bpf_link__fd(link.get())));
        std::vector<std::uint32_t> written;
        std::array<std::uint32_t, 1024> part{};
        for (;;) {
            const auto length = read(walker.get(), part.data(), sizeof part);
            if (length < 0 && errno == EINTR) {
                continue;
            }
            if (length < 0) {
                bpf::fail(errno);
            }
            if (length == 0) {
                return written;
            }
            written.insert(written.end(), part.begin(),
                           part.begin() + length / static_cast<ssize_t>(sizeof(std::uint32_t)));
        }
    }
};

Programs::Programs(std::uint64_t netns) {
    bpf::listen();
    state_ = std::make_unique<State>();
    struct stat top {};
    if (fstat(state_->root.get(), &top) != 0) {
        bpf::fail(errno);
    }
    const std::uint64_t top_id = top.st_ino; // of the inode, and so of the cgroup (fs/kernfs/inode.c)
    // Before 5.17 the kernel gives no reason for which it dropped a packet, and does not take this program.
    bool with_denied = true;
    const std::uint64_t seed = bpf::drawn_seed();
    int error = state_->load(top_id, netns, seed, with_denied);
    if (error != 0) {
        bpf::listen();
        with_denied = false;
        error = state_->load(top_id, netns, seed, with_denied);
    }
    if (error != 0) {
        bpf::fail(-error);
    }
    state_->map_filings(seed);
    auto* skeleton = state_->skeleton.get();
    bpf_test_run_opts once{};
    once.sz = sizeof once;
    if (bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.where_we_are), &once) != 0) {
        bpf::fail(errno);
    }
    // First what tells of processes, then what asks about them.
    const auto& programs = skeleton->progs;
    for (auto* program : {programs.exited, programs.executed, programs.forked}) {
        state_->links.add(bpf_program__attach(program));
    }
    for (auto* program : {programs.sock_create, programs.sendmsg4, programs.sendmsg6, programs.leaving}) {
        state_->links.add(bpf_program__attach_cgroup(program, state_->root.get()));
    }
    if (bpf_link* const link = with_denied ? bpf_program__attach(programs.denied) : nullptr) {
        state_->links.add(link);
        state_->sees_denied = true;
    }
    if (!state_->sees_denied || packets_go_other_ways()) {
        state_->see_before_firewall();
    }
}

void Programs::miss_connection() {
    constexpr std::uint64_t each = 64; // looking costs more than all else that is done for a flow
    if (state_->connections_missed++ % each == 0 && !state_->sees_before_firewall &&
        packets_go_other_ways()) {
        state_->see_before_firewall();
    }
}

Programs::~Programs() = default;

std::vector<std::uint32_t> Programs::take_in_existing() {
    const auto& programs = state_->skeleton->progs;
    auto pids = state_->walk(programs.existing_processes);
    state_->walk(programs.existing_processes); // ancestors, now that all are filed
    state_->walk(programs.existing_sockets);
    return pids;
}

void Programs::keep_living() {
    const std::uint64_t next = __atomic_load_n(&state_->skeleton->data->last_id, __ATOMIC_RELAXED);
    if (next - state_->kept_until < FWLEARN_LOOK_AGAIN) {
        return;
    }
    try {
        state_->walk(state_->skeleton->progs.living_processes);
        state_->kept_until = next;
    } catch (const model::SystemError&) { // for want of memory or descriptors: it may go the next time
    }
}

void Programs::add_arguments(std::uint64_t image, std::span<const char> arguments) {
    const auto* images = state_->skeleton->maps.images;
    auto filed = this->image(image);
    if (!filed || arguments.empty()) {
        return;
    }
    const auto length = std::min<std::size_t>(arguments.size(), FWLEARN_ARGV_SIZE);
    std::memcpy(filed->argv, arguments.data(), length);
    filed->argv_length = static_cast<std::uint32_t>(length);
    if (length < arguments.size()) {
        filed->flags |= FWLEARN_ARGV_CUT;
    }
    // It may have had to make room since, and is then captured again where it is needed.
    bpf_map__update_elem(images, &image, sizeof image, &*filed, sizeof *filed, BPF_EXIST);
}

std::optional<fwlearn_node> Programs::node(std::uint32_t pid) const {
    return bpf::look_up<std::uint32_t, fwlearn_node>(state_->skeleton->maps.nodes, pid);
}

std::optional<fwlearn_filing> Programs::find(const fwlearn_flow_key& key,
                                             std::optional<std::uint64_t> not_after) {
    auto found = state_->flows.find(key, not_after);
    auto first = state_->first_flows.find(key, not_after);
    return found && (!first || first->use.filed_at < found->use.filed_at) ? found : first;
}

std::optional<std::uint64_t> Programs::oldest_filed() const {
    return std::max(state_->flows.oldest(), state_->first_flows.oldest());
}

std::optional<fwlearn_sender> Programs::sender(std::uint64_t id) const {
    return bpf::look_up<std::uint64_t, fwlearn_sender>(state_->skeleton->maps.senders, id);
}

std::optional<fwlearn_image> Programs::image(std::uint64_t id) const {
    return bpf::look_up<std::uint64_t, fwlearn_image>(state_->skeleton->maps.images, id);
}

std::optional<fwlearn_cgroup> Programs::cgroup(std::uint64_t id) const {
    return bpf::look_up<std::uint64_t, fwlearn_cgroup>(state_->skeleton->maps.cgroups, id);
}

std::vector<std::pair<std::string, std::uint64_t>> Programs::counts() const {
    static constexpr std::array<const char*, FWLEARN_COUNTS> names{"bpf_processes_full", "bpf_images_failed",
                                                                   "bpf_senders_failed", "bpf_flows_failed",
                                                                   "bpf_no_scratch",     "bpf_untracked"};
    std::vector<std::pair<std::string, std::uint64_t>> result;
    for (std::uint32_t which = 0; which < names.size(); ++which) {
        result.emplace_back(names.at(which), state_->count(which));
    }
    result.emplace_back("bpf_flows_filed", state_->flows.filed() + state_->first_flows.filed());
    result.emplace_back("bpf_sees_denied", state_->sees_denied ? 1 : 0);
    return result;
}

std::uint64_t Programs::not_filed() const {
    std::uint64_t sum = 0;
    for (const auto which :
         {FWLEARN_COUNT_NODES_FULL, FWLEARN_COUNT_IMAGES_FAILED, FWLEARN_COUNT_SENDERS_FAILED,
          FWLEARN_COUNT_FLOWS_FAILED, FWLEARN_COUNT_NO_SCRATCH}) {
        sum += state_->count(which);
    }
    return sum;
}

} // namespace fwlearn::collector::process
