#include "analyzer/audit.hpp"

#include "admission.hpp"
#include "analyzer/failed_runs.hpp"
#include "analyzer/fixed_parts.hpp"
#include "decision_scope.hpp"
#include "decisions.hpp"
#include "digest.hpp"
#include "metadata_addresses.hpp"
#include "nearest_rule.hpp"
#include "places.hpp"
#include "suspicion.hpp"

#include <model/vocabulary.hpp>

#include <algorithm>
#include <numeric>

namespace fwlearn::analyzer {
namespace {

using model::FlowVerdict;

constexpr std::size_t fingerprint_octets = 16;

/// Denied first; what was let through last.
std::uint8_t rank(FlowVerdict verdict) {
    switch (verdict) {
    case FlowVerdict::denied:
        return 0;
    case FlowVerdict::shadowed:
        return 1;
    case FlowVerdict::accepted:
        break;
    }
    return 2;
}

/// For each number of a dictionary its place in the order of what it stands for.
template <typename At>
std::vector<std::uint32_t> ranks(std::size_t count, const At& at) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&at](auto one, auto other) { return at(one) < at(other); });
    std::vector<std::uint32_t> places(count);
    for (std::uint32_t place = 0; place < count; ++place) {
        places[order[place]] = place;
    }
    return places;
}

/// One flow that is to be in a finding. Equal but for `address`, where an answer gives its name, and `flow`:
/// in the same one. Numbers in the order of what they stand for, so that content alone decides.
struct Member {
    std::uint8_t verdict = 0;
    std::uint32_t process = 0;
    std::uint32_t creator = 0;
    model::SocketOwner owner;
    std::uint32_t task = 0;
    std::uint32_t name = 0; ///< 0: none
    bool overflow = false;
    model::Address nameless; ///< its address where it has no name, or only one that the client says
    model::Service service;
    model::Address address;
    std::uint32_t flow = 0;

    [[nodiscard]] auto group() const {
        return std::tie(verdict, process, creator, owner, task, name, overflow, nameless, service);
    }
    auto operator<=>(const Member&) const = default;
};

class Auditing {
  public:
    Auditing(const model::Record& record, std::span<const model::Rule> rules)
        : record_(record), identities_(record.identities), rules_(rules), admission_(rules), places_(record),
          failed_runs_(record) {}

    Audit run() {
        find_members();
        if (!members_.empty()) {
            put_in_order();
            form_findings();
        }
        return std::move(audit_);
    }

  private:
    void find_members() {
        for (std::uint32_t index = 0; index < record_.flows.size(); ++index) {
            const auto& [key, counts] = std::tie(record_.flows[index].key, record_.flows[index].counts);
            if (key.verdict == FlowVerdict::accepted && is_explained(key)) {
                audit_.explained += counts.count;
                continue;
            }
            Member member;
            member.verdict = rank(key.verdict);
            member.flow = index;
            members_.push_back(member);
            if (key.verdict == FlowVerdict::denied) {
                audit_.denied += counts.count;
                audit_.denied_packets += counts.packets_out;
            } else {
                audit_.unexplained += counts.count;
            }
        }
    }

    [[nodiscard]] bool is_explained(const model::FlowKey& key) const {
        if (key.overflow) {
            return false;
        }
        if (key.destination.address.is_loopback() || admitted_by_fixed_part(key) != nullptr) {
            return true;
        }
        return admission_.admits(key, identities_, places_.name_of(key));
    }

    /// What its sender called it; where that is not known what answers say.
    [[nodiscard]] const model::ForeignText* name_of(const model::FlowKey& key) const {
        if (key.overflow) {
            return nullptr;
        }
        const auto& own = identities_.name(key.name);
        return own.empty() ? places_.name_of(key) : &own;
    }

    void put_in_order() {
        const auto processes = ranks(
            identities_.processes(), [this](std::uint32_t id) -> const auto& {
                return identities_.process(static_cast<model::ProcessId>(id));
            });
        const auto tasks = ranks(
            identities_.tasks(), [this](std::uint32_t id) -> const auto& {
                return identities_.task(static_cast<model::TaskId>(id));
            });
        const auto names = names_of_members();
        for (auto& member : members_) {
            const auto& key = record_.flows[member.flow].key;
            member.process = processes[static_cast<std::size_t>(key.process)];
            member.creator = processes[static_cast<std::size_t>(key.creator)];
            member.owner = key.owner;
            member.task = tasks[static_cast<std::size_t>(key.task)];
            member.overflow = key.overflow;
            member.service = key.destination.service;
            member.address = key.destination.address;
            if (const auto* name = name_of(key)) {
                const auto place = std::lower_bound(names.begin(), names.end(), *name);
                member.name = static_cast<std::uint32_t>(place - names.begin()) + 1;
            }
            if (places_.name_of(key) == nullptr) {
                member.nameless = member.address;
            }
        }
        std::sort(members_.begin(), members_.end());
    }

    /// Ascending, none twice.
    [[nodiscard]] std::vector<model::ForeignText> names_of_members() const {
        std::vector<const model::ForeignText*> places;
        places.reserve(members_.size());
        for (const auto& member : members_) {
            if (const auto* name = name_of(record_.flows[member.flow].key)) {
                places.push_back(name);
            }
        }
        std::sort(places.begin(), places.end());
        places.erase(std::unique(places.begin(), places.end()), places.end());
        std::vector<model::ForeignText> names;
        names.reserve(places.size());
        for (const auto* name : places) {
            names.push_back(*name);
        }
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        return names;
    }

    void form_findings() {
        // What a process is, and not what it did: for that the record would have to be gone through again.
        model::Record programs;
        programs.identities = identities_;
        programs.configured = record_.configured;
        programs.programs = record_.programs;
        const Suspicion suspicion(programs);
        NearestRule nearest(rules_, admission_.places(), identities_);
        // They are wide, and may be as many as flows.
        audit_.findings.reserve(group_count());
        for (auto begin = members_.begin(); begin != members_.end();) {
            const auto end = std::find_if(begin, members_.end(), [&begin](const Member& member) {
                return member.group() != begin->group();
            });
            auto finding = sum_of(std::span(begin, end));
            const auto& key = finding.flow.key;
            auto near = nearest.to(key, finding.addresses, finding.name, places_.name_of(key) != nullptr);
            finding.nearest_rule = near.rule == nullptr ? std::string() : near.rule->id;
            finding.why = std::move(near.why);
            if (!key.overflow) {
                finding.decision = decision_for(finding, suspicion);
            }
            audit_.findings.push_back(std::move(finding));
            begin = end;
        }
    }

    [[nodiscard]] std::size_t group_count() const {
        std::size_t count = 1;
        for (std::size_t i = 1; i < members_.size(); ++i) {
            count += members_[i].group() != members_[i - 1].group() ? 1U : 0U;
        }
        return count;
    }

    /// `members` are of one group, ascending.
    [[nodiscard]] Finding sum_of(std::span<const Member> members) const {
        Finding finding;
        finding.flow.key = record_.flows[members.front().flow].key;
        finding.verdict = finding.flow.key.verdict;
        if (const auto* name = name_of(finding.flow.key)) {
            finding.name = *name;
        }
        for (const auto& member : members) {
            const auto& flow = record_.flows[member.flow];
            finding.flow.counts += flow.counts;
            finding.failed_run = std::max(finding.failed_run, failed_runs_.of(flow));
            finding.flow.key.attribution = std::min(finding.flow.key.attribution, flow.key.attribution);
            if (finding.addresses.empty() || finding.addresses.back() != member.address) {
                finding.addresses.push_back(member.address);
            }
        }
        return finding;
    }

    /// What was denied has no answer, and that says nothing.
    static bool was_in_vain(const Finding& finding) {
        const auto& counts = finding.flow.counts;
        return finding.verdict == FlowVerdict::accepted && counts.count > 0 && counts.answered == 0 &&
               finding.flow.key.destination.service.protocol == model::protocol::tcp &&
               counts.refused + counts.unanswered >= counts.count;
    }

    /// To allow it, or to deny it where it looks like a foothold, asks for credentials, or got no answer.
    [[nodiscard]] model::Decision decision_for(const Finding& finding, const Suspicion& suspicion) const {
        const auto& key = finding.flow.key;
        model::Decision decision;
        const auto* proven = places_.name_of(key);
        decision.scope = scope_for(key, identities_, proven == nullptr ? model::ForeignText() : *proven);
        auto reason = suspicion.reason_to_distrust(key).value_or(std::string());
        if (reason.empty() && is_metadata_address(key.destination.address)) {
            reason = "cloud metadata: hands out credentials to whoever may ask";
        }
        if (reason.empty() && was_in_vain(finding)) {
            reason = "TCP that nobody ever answered: refused, or no word"; // for which suggest makes no rule
        }
        for (const auto flag : suspicion.flags_of(key)) {
            if (reason.empty() && (flag == model::FlagKind::shell_below_service ||
                                   flag == model::FlagKind::kernel_thread_name)) {
                reason = model::to_word(flag);
            }
        }
        if (!reason.empty()) {
            decision.action = model::DecisionAction::deny;
            decision.text = model::ForeignText(reason);
        }
        return decision;
    }

    const model::Record& record_;
    const model::Identities& identities_;
    std::span<const model::Rule> rules_;
    Admission admission_;
    Places places_;
    FailedRuns failed_runs_;
    std::vector<Member> members_;
    Audit audit_;
};

} // namespace

Audit audit(const model::Record& record, std::span<const model::Rule> rules) {
    return Auditing(record, rules).run();
}

std::vector<Finding> undecided(std::vector<Finding> findings, const model::Record& record,
                               const std::vector<model::Decision>& decisions) {
    Decided decided(record, decisions);
    std::erase_if(findings, [&decided](const Finding& finding) {
        // A decision may be about one of the addresses that its name had.
        auto flow = finding.flow;
        return std::all_of(finding.addresses.begin(), finding.addresses.end(), [&](const auto& address) {
            flow.key.destination.address = address;
            return decided.on(flow) != nullptr;
        });
    });
    return findings;
}

std::string fingerprint(const model::Flow& flow, const model::Identities& identities) {
    std::string content;
    const auto add = [&content](const std::string& part) {
        content += std::to_string(part.size()) + ':' + part;
    };
    const auto& key = flow.key;
    add(std::to_string(flow.counts.last_seen.time_since_epoch().count()));
    add(std::to_string(static_cast<unsigned>(key.verdict)) + (key.overflow ? "o" : ""));
    add(std::string(model::to_word(key.owner.kind)) + std::to_string(key.owner.uid) + "/" +
        std::to_string(key.owner.gid));
    add(key.destination.service.to_string());
    add(key.destination.address.to_string());
    for (const auto id : {key.process, key.creator}) {
        const auto& process = identities.process(id);
        for (const auto* text : {&process.exe, &process.comm, &process.script, &process.unit}) {
            add(text->raw_bytes());
        }
        add(std::to_string(process.ancestors.size()));
        for (const auto& ancestor : process.ancestors) {
            add(ancestor.raw_bytes());
        }
        add(process.uid ? std::to_string(*process.uid) : "");
        add(std::string(process.deleted ? "d" : "") + (process.in_memory ? "m" : "") +
            (process.contained ? "c" : ""));
    }
    add(std::string(model::to_word(identities.task(key.task).kind)));
    add(identities.task(key.task).name.raw_bytes());
    add(identities.interface(key.interface).raw_bytes());
    add(identities.name(key.name).raw_bytes());
    return digest(content, fingerprint_octets);
}

std::string fingerprint(const Finding& finding, const model::Identities& identities) {
    model::Flow flow;
    flow.key = finding.flow.key;
    flow.key.interface = model::InterfaceId::unknown;
    flow.key.name = model::NameId::unknown;
    if (!finding.name.empty()) {
        flow.key.destination.address = model::Address();
    }
    return digest(fingerprint(flow, identities) + finding.name.raw_bytes(), fingerprint_octets);
}

} // namespace fwlearn::analyzer
