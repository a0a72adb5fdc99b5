#include "model/identities.hpp"

namespace fwlearn::model {
namespace {

template <typename Id, typename Map, typename Value>
Id add_once(Map& ids, std::vector<Value>& values, const Value& value) {
    const auto [position, inserted] = ids.try_emplace(value, static_cast<Id>(values.size()));
    if (inserted) {
        values.push_back(value);
    }
    return position->second;
}

const ForeignText& name_or_empty(const std::map<std::uint32_t, ForeignText>& names, std::uint32_t id) {
    static const ForeignText none;
    const auto found = names.find(id);
    return found == names.end() ? none : found->second;
}

} // namespace

Identities::Identities() {
    add(Process{});
    add(Task{});
    add_interface(ForeignText{});
    add_name(ForeignText{});
}

ProcessId Identities::add(const Process& process) {
    const auto [position, inserted] =
        process_ids_.try_emplace(process.identity(), static_cast<ProcessId>(processes_.size()));
    if (inserted) {
        processes_.push_back(process);
    }
    return position->second;
}

TaskId Identities::add(const Task& task) {
    return add_once<TaskId>(task_ids_, tasks_, task);
}

std::optional<TaskId> Identities::find(const Task& task) const {
    const auto found = task_ids_.find(task);
    return found == task_ids_.end() ? std::nullopt : std::optional(found->second);
}

InterfaceId Identities::add_interface(const ForeignText& name) {
    return add_once<InterfaceId>(interface_ids_, interfaces_, name);
}

NameId Identities::add_name(const ForeignText& name) {
    return add_once<NameId>(name_ids_, names_, name);
}

const ForeignText& Identities::user(std::uint32_t uid) const {
    return name_or_empty(users_, uid);
}

const ForeignText& Identities::group(std::uint32_t gid) const {
    return name_or_empty(groups_, gid);
}

} // namespace fwlearn::model
