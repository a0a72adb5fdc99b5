#include "agreement.hpp"

#include "analyzer/patterns.hpp"
#include "proven_names.hpp"

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

bool fits(const model::ForeignText& pattern, const model::ForeignText& text) {
    return matches(pattern.raw_bytes(), text.raw_bytes());
}

bool agrees(const model::DecisionScope& scope, const model::Process& process) {
    return (scope.process.empty() || matches_program(scope.process.raw_bytes(), process)) &&
           (scope.unit.empty() || fits(scope.unit, process.unit));
}

bool agrees(const model::ForeignText& user, const model::Selector& selector) {
    return selector.kind == model::SelectorKind::uid &&
           (fits(user, selector.user) || matches(user.raw_bytes(), std::to_string(selector.uid)));
}

/// Whose sockets' packets the selector is for.
model::OwnerKind owner_of(const model::Selector& selector) {
    switch (selector.kind) {
    case model::SelectorKind::uid:
    case model::SelectorKind::unit:
        return model::OwnerKind::user;
    case model::SelectorKind::kernel:
        return model::OwnerKind::kernel;
    case model::SelectorKind::any:
        break;
    }
    return model::OwnerKind::unknown;
}

bool overlap(const model::DetailRange& one, const model::DetailRange& other) {
    return one.first <= other.last && other.first <= one.last;
}

bool overlap(const model::Prefix& one, const model::Prefix& other) {
    return one.contains(other.address()) || other.contains(one.address());
}

/// What lets more out takes no client's word for whom it talks to, unless the address is named, too.
bool labels_count_in(const model::Decision& decision) {
    switch (decision.action) {
    case model::DecisionAction::allow:
    case model::DecisionAction::widen:
        return decision.scope.address.has_value();
    case model::DecisionAction::deny:
    case model::DecisionAction::rename:
    case model::DecisionAction::comment:
        break;
    }
    return true;
}

template <typename Values, typename Test>
bool any_of(const Values& values, const Test& test) {
    return std::any_of(values.begin(), values.end(), test);
}

} // namespace

Agreement::Agreement(const model::Record& record, const model::Decision& decision)
    : record_(record), scope_(decision.scope), labels_count_(labels_count_in(decision)),
      // Only of what is asked: there may be thousands of decisions.
      processes_(scope_.process.empty() && scope_.unit.empty() ? 0 : record.identities.processes(),
                 Answer::unasked),
      tasks_(scope_.task.empty() ? 0 : record.identities.tasks(), Answer::unasked),
      names_(scope_.name.empty() ? 0 : record.identities.names(), Answer::unasked) {}

bool Agreement::with(const model::Flow& flow) {
    const auto& key = flow.key;
    // What costs least is asked first.
    return with_destination(key.destination) && with_user(key.owner) && with_process(key.process) &&
           with_task(key.task) && with_name(key);
}

bool Agreement::with(const model::Rule& rule) const {
    const auto& s = scope_;
    if ((s.protocol && *s.protocol != rule.protocol) || (s.ports && !rule.protocol.has_ports()) ||
        (s.icmp && !rule.protocol.is_icmp())) {
        return false;
    }
    return (!s.ports || any_of(rule.details, [&s](const auto& range) { return overlap(range, *s.ports); })) &&
           (!s.icmp || any_of(rule.details, [&s](const auto& range) { return overlap(range, *s.icmp); })) &&
           (!s.owner ||
            any_of(rule.selectors, [&s](const auto& selector) { return owner_of(selector) == *s.owner; })) &&
           (!s.address ||
            any_of(rule.addresses, [&s](const auto& prefix) { return overlap(prefix, *s.address); })) &&
           (s.name.empty() || any_of(rule.names, [&s](const auto& name) { return fits(s.name, name); })) &&
           (s.user.empty() ||
            any_of(rule.selectors, [&s](const auto& selector) { return agrees(s.user, selector); })) &&
           (s.task.empty() ||
            any_of(rule.tasks, [&s](const auto& task) { return matches_task(s.task.raw_bytes(), task); })) &&
           ((s.process.empty() && s.unit.empty()) ||
            any_of(rule.processes, [&s](const auto& process) { return agrees(s, process); }));
}

bool Agreement::with_destination(const model::Destination& destination) const {
    const auto& service = destination.service;
    return (!scope_.protocol || *scope_.protocol == service.protocol) &&
           (!scope_.ports || (service.protocol.has_ports() && scope_.ports->contains(service.detail))) &&
           (!scope_.icmp || (service.protocol.is_icmp() && scope_.icmp->contains(service.detail))) &&
           (!scope_.address || scope_.address->contains(destination.address));
}

bool Agreement::with_process(model::ProcessId id) {
    if (scope_.process.empty() && scope_.unit.empty()) {
        return true;
    }
    auto& answer = processes_.at(static_cast<std::size_t>(id));
    if (answer == Answer::unasked) {
        answer = agrees(scope_, record_.identities.process(id)) ? Answer::yes : Answer::no;
    }
    return answer == Answer::yes;
}

bool Agreement::with_task(model::TaskId id) {
    if (scope_.task.empty()) {
        return true;
    }
    auto& answer = tasks_.at(static_cast<std::size_t>(id));
    if (answer == Answer::unasked) {
        answer =
            matches_task(scope_.task.raw_bytes(), record_.identities.task(id)) ? Answer::yes : Answer::no;
    }
    return answer == Answer::yes;
}

bool Agreement::with_user(const model::SocketOwner& owner) {
    if (scope_.owner && *scope_.owner != owner.kind) {
        return false;
    }
    if (scope_.user.empty() || owner.kind != model::OwnerKind::user) {
        return scope_.user.empty();
    }
    const auto known = users_.find(owner.uid);
    if (known != users_.end()) {
        return known->second;
    }
    return users_[owner.uid] = matches_user(scope_.user.raw_bytes(), owner, record_.identities);
}

bool Agreement::with_name(const model::FlowKey& key) {
    if (scope_.name.empty()) {
        return true;
    }
    if (key.name != model::NameId::unknown) {
        return fits_name(key.name) && (labels_count_ || is_proven(key, record_.identities, record_.names));
    }
    return matches_any(scope_.name.raw_bytes(),
                       labels_count_
                           ? model::names_of(key, record_.identities,
                                             model::bindings_of(record_.names, key.destination.address))
                           : proven_names_of(key, record_.identities, record_.names));
}

bool Agreement::fits_name(model::NameId id) {
    auto& answer = names_.at(static_cast<std::size_t>(id));
    if (answer == Answer::unasked) {
        answer = fits(scope_.name, record_.identities.name(id)) ? Answer::yes : Answer::no;
    }
    return answer == Answer::yes;
}

} // namespace fwlearn::analyzer
