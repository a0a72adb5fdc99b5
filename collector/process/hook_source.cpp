// The second best means: cgroup hooks tell pid, user, short name and cgroup while the process sends; what it
// runs and descends from is looked up in /proc when the packet's log message comes. Nothing of this is more
// than inferred. What was open before the hooks is asked of the sockets.
#include "decode.hpp"
#include "flow_key.hpp"
#include "hook_programs.hpp"
#include "numbered_lineages.hpp"
#include "proc_files.hpp"
#include "source.hpp"

#include <cstring>

namespace fwlearn::collector::process {
namespace {

class HookSource : public Attributor::Source {
  public:
    std::optional<Sighting> find(const Tuple& tuple, Moment not_after) override {
        const auto flow = programs_.flow(key_of(tuple, netns_));
        if (!flow) {
            auto sighting = sockets_->find(tuple, not_after);
            if (sighting) {
                sighting->actor = sighting->actor * 2 + 1;
            }
            return sighting;
        }
        Sighting sighting;
        sighting.actor = number_of(flow->actor);
        sighting.creator = flow->creator.pid == 0 ? 0 : number_of(flow->creator);
        sighting.attribution = model::Attribution::inferred;
        return sighting;
    }

    std::optional<Lineage> lineage(std::uint64_t number) override {
        return number % 2 == 1 ? sockets_->lineage(number / 2) : lineages_.find(number / 2);
    }

    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const override {
        auto result = programs_.counts();
        for (auto& counter : sockets_->counters()) {
            result.push_back(std::move(counter));
        }
        return result;
    }

    [[nodiscard]] std::uint64_t not_filed() const override { return programs_.not_filed(); }

  private:
    /// Even: odd ones are those that the sockets told.
    std::uint64_t number_of(const fwlearn_hook_sender& sender) {
        Lineage lineage = in_proc(sender).value_or(Lineage());
        lineage.cgroup_id = sender.cgroup;
        if (const auto path = programs_.cgroup_path(sender.cgroup); !path.empty()) {
            lineage.cgroup = model::ForeignText(path);
        }
        if (lineage.process.exe.empty()) {
            lineage.process.comm = model::ForeignText(comm_of(sender));
            lineage.process.pid = global_pids_ ? sender.pid : 0;
            lineage.process.uid = sender.uid;
            lineage.gid = sender.gid;
        }
        return lineages_.number_of(lineage) * 2;
    }

    /// The process that had this pid then, if it is still there and nobody has taken its pid since.
    [[nodiscard]] std::optional<Lineage> in_proc(const fwlearn_hook_sender& sender) const {
        if (!global_pids_) {
            return std::nullopt;
        }
        auto lineage = lineage_in_proc(sender.pid);
        const bool same =
            lineage && lineage->process.started <= sender.at &&
            comm_in_proc(sender.pid, sender.thread) == comm_of(sender); // else execve(2) came between
        return same ? std::move(lineage) : std::nullopt;
    }

    static std::string comm_of(const fwlearn_hook_sender& sender) {
        return {sender.comm, strnlen(sender.comm, FWLEARN_COMM_SIZE)}; // NOLINT: C's own layout
    }

    std::uint64_t netns_ = own_netns_cookie();
    bool global_pids_ = pids_are_global();
    HookPrograms programs_;
    std::unique_ptr<Attributor::Source> sockets_ = socket_source();
    NumberedLineages lineages_;
};

} // namespace

std::unique_ptr<Attributor::Source> hook_source() {
    return std::make_unique<HookSource>();
}

} // namespace fwlearn::collector::process
