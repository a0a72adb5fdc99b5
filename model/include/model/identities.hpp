// The dictionary of a batch or of a record: processes, tasks, interfaces, DNS names and user names, each held
// once and referred to by a small number, so that a flow's key stays a few words long. Knows nothing of where
// they are stored: sql maps these numbers to its own row ids.
#pragma once

#include "model/process.hpp"

#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace fwlearn::model {

/// Indices into Identities. 0 is always the one that is not known.
enum class ProcessId : std::uint32_t { unknown = 0 };
enum class TaskId : std::uint32_t { unknown = 0 };
enum class InterfaceId : std::uint32_t { unknown = 0 };
enum class NameId : std::uint32_t { unknown = 0 };

class Identities {
  public:
    Identities();

    /// The number of the identity; its samples are those of the first that was added.
    ProcessId add(const Process& process);
    TaskId add(const Task& task);
    InterfaceId add_interface(const ForeignText& name);
    NameId add_name(const ForeignText& name);
    /// Of what was added; nothing of what was not.
    [[nodiscard]] std::optional<TaskId> find(const Task& task) const;
    void name_user(std::uint32_t uid, ForeignText name) { users_[uid] = std::move(name); }
    void name_group(std::uint32_t gid, ForeignText name) { groups_[gid] = std::move(name); }

    // Each throws std::out_of_range for a number that this dictionary did not give out.
    [[nodiscard]] const Process& process(ProcessId id) const { return processes_.at(index(id)); }
    [[nodiscard]] const Task& task(TaskId id) const { return tasks_.at(index(id)); }
    [[nodiscard]] const ForeignText& interface(InterfaceId id) const { return interfaces_.at(index(id)); }
    [[nodiscard]] const ForeignText& name(NameId id) const { return names_.at(index(id)); }

    /// The user's name as the observed host had it; empty where it has none.
    [[nodiscard]] const ForeignText& user(std::uint32_t uid) const;
    [[nodiscard]] const ForeignText& group(std::uint32_t gid) const;
    [[nodiscard]] const std::map<std::uint32_t, ForeignText>& users() const { return users_; }
    [[nodiscard]] const std::map<std::uint32_t, ForeignText>& groups() const { return groups_; }

    [[nodiscard]] std::size_t processes() const { return processes_.size(); }
    [[nodiscard]] std::size_t tasks() const { return tasks_.size(); }
    [[nodiscard]] std::size_t interfaces() const { return interfaces_.size(); }
    [[nodiscard]] std::size_t names() const { return names_.size(); }

  private:
    template <typename Id>
    static std::size_t index(Id id) {
        return static_cast<std::size_t>(id);
    }

    std::vector<Process> processes_;
    std::vector<Task> tasks_;
    std::vector<ForeignText> interfaces_;
    std::vector<ForeignText> names_;
    std::map<Process, ProcessId> process_ids_; ///< by identity
    std::map<Task, TaskId> task_ids_;
    std::unordered_map<ForeignText, InterfaceId> interface_ids_;
    std::unordered_map<ForeignText, NameId> name_ids_;
    std::map<std::uint32_t, ForeignText> users_;
    std::map<std::uint32_t, ForeignText> groups_;
};

} // namespace fwlearn::model
