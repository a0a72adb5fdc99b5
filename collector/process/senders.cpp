#include "collector/process/senders.hpp"

#include "collector/fair_share.hpp"
#include "collector/process/identity.hpp"
#include "collector/process/task.hpp"

#include <model/mixed.hpp>

#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

namespace fwlearn::collector::process {
namespace {

/// Senders are numbered anew for every process: a machine that forks all day must not fill the memory.
constexpr std::size_t kept = 1U << 15U;

const model::Task& kernel_task() {
    static const model::Task task{model::TaskKind::kernel, model::ForeignText("kernel")};
    return task;
}

/// A pid alone is used again; together with the time at which it began it is not.
std::uint64_t actor_of(const Program& program) {
    if (program.pid == 0 && program.started == 0) {
        return 0;
    }
    return model::mixed(program.started, std::uint64_t{program.pid} << 40U);
}

} // namespace

struct Senders::Known {
    model::ProcessId process;
    model::TaskId task;
    std::uint32_t uid;
    std::uint64_t actor;
};

/// Identities, which are kept for good: so many, an eighth of them of users that have few.
constexpr std::size_t most_identities = 1U << 14U;

struct Senders::Cache {
    tsl::robin_map<std::uint64_t, Known> known;
    FairShare identities{most_identities};
    /// Who sends from sockets of another user than he is: asked once.
    tsl::robin_set<std::uint64_t> of_other_users;
    std::uint64_t left_out = 0;
};

Senders::Senders(model::AttributionMeans best, host::Schedules schedules)
    : attributor_(best), schedules_(std::move(schedules)), cache_(std::make_unique<Cache>()) {}

Senders::~Senders() = default;

bool Senders::may_come_late() const {
    return attributor_.means() == model::AttributionMeans::bpf ||
           attributor_.means() == model::AttributionMeans::hooks;
}

const Senders::Known* Senders::known(std::uint64_t number, model::Identities& identities) {
    auto& cache = cache_->known;
    if (const auto found = cache.find(number); found != cache.end()) {
        return &found->second;
    }
    const auto lineage = attributor_.lineage(number);
    if (!lineage) {
        return nullptr;
    }
    if (cache.size() >= kept) {
        cache.clear();
    }
    // Whoever runs a program of another path each time has as many as he likes. Where a new one takes the
    // last place, it is still in; behind it those that nobody has seen yet stay unknown.
    const auto share = share_of(model::SocketOwner::user(lineage->process.uid, 0));
    if (!cache_->identities.take(share)) {
        ++cache_->left_out;
        return nullptr;
    }
    const auto before = identities.processes() + identities.tasks();
    const Known fresh{identities.add(identity_of(*lineage)), identities.add(task_of(*lineage, schedules_)),
                      lineage->process.uid, actor_of(lineage->process)};
    if (identities.processes() + identities.tasks() == before) {
        cache_->identities.give_back(share);
    }
    return &cache.emplace(number, fresh).first->second;
}

/// A socket keeps the user who made it (f_cred, which meta skuid looks at), whoever sends through it.
bool Senders::fits(const Sighting& sighting, const model::SocketOwner& owner, model::Identities& identities) {
    if (owner.kind != model::OwnerKind::user || sighting.kernel) {
        return true;
    }
    const auto is_of_owner = [&](std::uint64_t number) {
        const Known* const one = number != 0 ? known(number, identities) : nullptr;
        return one != nullptr && one->uid == owner.uid;
    };
    return is_of_owner(sighting.actor) ||
           (sighting.creator != sighting.actor && is_of_owner(sighting.creator));
}

/// The newest. Where that is nobody of whom the socket can be, somebody else has had the ports since: then
/// the newest of the user's own. Where there is none, he made the socket as another user than he is by now.
std::optional<Sighting> Senders::sighting_of(const LivingSender& sender, const Tuple& tuple,
                                             model::Identities& identities, Moment not_after) {
    constexpr unsigned most = 64;
    constexpr std::chrono::seconds while_log_is_read{
        3}; // what was filed longer before is of no packet that comes now
    auto newest = attributor_.find(tuple, not_after);
    if (!newest || !newest->filed || fits(*newest, sender.owner, identities)) {
        return newest;
    }
    auto& used_to_it = cache_->of_other_users;
    const auto pair = model::mixed(newest->actor, sender.owner.uid);
    if (used_to_it.contains(pair)) {
        return newest;
    }
    auto one = newest;
    for (unsigned step = 0; step < most; ++step) {
        one = attributor_.find(tuple, *one->filed - std::chrono::nanoseconds(1));
        if (!one || !one->filed || *one->filed + while_log_is_read < *newest->filed) {
            break;
        }
        if (fits(*one, sender.owner, identities)) {
            return one;
        }
    }
    if (used_to_it.size() >= kept) {
        used_to_it.clear();
    }
    used_to_it.insert(pair);
    return newest;
}

bool Senders::attribute(LivingSender& sender, const Tuple& tuple, model::Identities& identities,
                        Moment not_after) {
    const auto sighting = sighting_of(sender, tuple, identities, not_after);
    const bool by_kernel = sighting && sighting->kernel;
    if (const Known* actor = sighting && !by_kernel ? known(sighting->actor, identities) : nullptr) {
        sender.process = actor->process;
        sender.task = actor->task;
        sender.actor = actor->actor;
        sender.attribution = sighting->attribution;
        ++(sender.attribution == model::Attribution::exact ? exact_ : inferred_);
        if (sighting->creator != 0 && sighting->creator != sighting->actor) {
            const Known* creator = known(sighting->creator, identities); // after which `actor` may have moved
            if (creator != nullptr && creator->process != sender.process) {
                sender.creator = creator->process;
            }
        }
        return true;
    }
    // A packet without a user's socket, behind which no process is known: the kernel's own.
    if (sender.owner.kind == model::OwnerKind::kernel || by_kernel) {
        sender.task = identities.add(kernel_task());
        sender.attribution = attributor_.means() == model::AttributionMeans::bpf
                                 ? model::Attribution::exact
                                 : model::Attribution::inferred;
        ++kernel_;
        return true;
    }
    return false;
}

std::vector<std::pair<std::string, std::uint64_t>> Senders::counters() const {
    std::vector<std::pair<std::string, std::uint64_t>> result{{"senders_exact", exact_},
                                                              {"senders_inferred", inferred_},
                                                              {"senders_kernel", kernel_},
                                                              {"senders_unknown", unknown_},
                                                              {"identities_left_out", cache_->left_out}};
    for (auto& counter : attributor_.counters()) {
        result.push_back(std::move(counter));
    }
    return result;
}

} // namespace fwlearn::collector::process
