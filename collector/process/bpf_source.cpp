// The best means: asks the BPF programs' maps.
#include "decode.hpp"
#include "flow_key.hpp"
#include "proc_files.hpp"
#include "programs.hpp"
#include "source.hpp"

#include <model/errors.hpp>

#include <algorithm>
#include <cstring>

namespace fwlearn::collector::process {
namespace {

/// As bpf_ktime_get_ns() has it: both are CLOCK_MONOTONIC.
std::uint64_t nanoseconds_of(std::chrono::steady_clock::time_point time) {
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(time.time_since_epoch()).count());
}

class BpfSource : public Attributor::Source {
  public:
    BpfSource() {
        for (const auto pid : programs_.take_in_existing()) {
            add_arguments(pid);
        }
    }

    std::optional<Sighting> find(const Tuple& tuple, Moment not_after) override {
        const auto filed = programs_.find(
            key_of(tuple, netns_), not_after ? std::optional(nanoseconds_of(*not_after)) : std::nullopt);
        if (!filed && !not_after && tuple.destination.service.protocol == model::protocol::tcp) {
            programs_.miss_connection();
        }
        if (!filed || filed->use.actor == FWLEARN_SENDER_NONE) {
            return std::nullopt;
        }
        const auto& use = filed->use;
        Sighting sighting;
        sighting.kernel = use.actor == FWLEARN_SENDER_KERNEL;
        sighting.actor = sighting.kernel ? 0 : use.actor;
        sighting.creator = use.creator < FWLEARN_FIRST_ID ? 0 : use.creator;
        sighting.attribution =
            filed->was_open != 0 ? model::Attribution::inferred : model::Attribution::exact;
        sighting.filed = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(use.filed_at));
        return sighting;
    }

    std::optional<Lineage> lineage(std::uint64_t number) override {
        const auto sender = programs_.sender(number);
        if (!sender) {
            ++senders_evicted_;
            return std::nullopt;
        }
        Lineage lineage;
        lineage.process = program(sender->image, sender->pid, sender->started);
        lineage.process.uid = sender->uid;
        lineage.process.comm = model::ForeignText(
            std::string(sender->comm, strnlen(sender->comm, FWLEARN_COMM_SIZE))); // NOLINT: C's own layout
        lineage.gid = sender->gid;
        lineage.cgroup_id = sender->cgroup;
        if (const auto cgroup = programs_.cgroup(sender->cgroup)) {
            lineage.cgroup = decode(*cgroup);
        } else {
            ++cgroups_evicted_;
        }
        lineage.login_uid = sender->login_uid;
        lineage.session = sender->session;
        lineage.contained = sender->contained != 0;
        const std::uint32_t ancestors = std::min<std::uint32_t>(sender->ancestors, FWLEARN_ANCESTORS);
        for (std::uint32_t i = 0; i < ancestors; ++i) {
            const auto& ancestor = sender->ancestor[i]; // NOLINT: C's own layout
            if (ancestor.pid <= 1) {
                break;
            }
            lineage.ancestors.push_back(program(ancestor.image, ancestor.pid, ancestor.started));
            lineage.ancestors.back().uid = ancestor.uid;
        }
        return lineage;
    }

    void give_up() override {
        constexpr std::chrono::seconds while_log_is_read{3}; // for which a log message may be kept back
        const auto oldest = programs_.oldest_filed();
        const auto since = nanoseconds_of(std::chrono::steady_clock::now() - while_log_is_read);
        flows_evicted_ += oldest && *oldest > since ? 1 : 0;
    }

    void keep_living() override { programs_.keep_living(); }

    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const override {
        auto result = programs_.counts();
        result.emplace_back("bpf_flows_evicted", flows_evicted_);
        result.emplace_back("bpf_senders_evicted", senders_evicted_);
        result.emplace_back("bpf_images_evicted", images_evicted_);
        result.emplace_back("bpf_cgroups_evicted", cgroups_evicted_);
        return result;
    }

    [[nodiscard]] std::uint64_t not_filed() const override { return programs_.not_filed() + flows_evicted_; }

  private:
    /// What was filed; where that had to make room, /proc, if it is still the same process.
    Program program(std::uint64_t image, std::uint32_t pid, std::uint64_t started) {
        Program result;
        if (const auto filed = programs_.image(image)) {
            result = decode(*filed);
        } else {
            images_evicted_ += image != 0 ? 1 : 0; // 0: it was never filed, which the programs count
            if (proc_is_ours_ && pid != 0) {
                result = program_in_proc(pid, started).value_or(Program());
            }
        }
        result.pid = pid;
        result.started = started;
        return result;
    }

    void add_arguments(std::uint32_t pid) {
        const auto before = programs_.node(pid);
        if (!before || !proc_is_ours_ || before->pid == 0) {
            return;
        }
        const auto arguments = arguments_in_proc(before->pid);
        const auto after = programs_.node(pid);
        // An execve(2) in between would have filed another image.
        if (after && after->started == before->started && after->image == before->image) {
            programs_.add_arguments(before->image, arguments);
        }
    }

    std::uint64_t netns_ = own_netns_cookie();
    bool proc_is_ours_ = proc_is_ours();
    /// What had been filed and was asked for when it had made room already: the kernel's LRU maps tell
    /// nobody.
    std::uint64_t senders_evicted_ = 0, images_evicted_ = 0, cgroups_evicted_ = 0;
    /// Logged, and nobody found, while what was filed made room within seconds.
    std::uint64_t flows_evicted_ = 0;
    Programs programs_{netns_};
};

} // namespace

std::unique_ptr<Attributor::Source> bpf_source() {
    return std::make_unique<BpfSource>();
}

} // namespace fwlearn::collector::process
