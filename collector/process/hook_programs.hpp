// The BPF programs for kernels without type information: loaded, attached for as long as this object lives,
// and what they file looked up. Knows nothing of processes beyond what was filed. Used by hook_source.
#pragma once

#include "../bpf/shapes.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fwlearn::collector::process {

class HookPrograms {
  public:
    /// Loads and attaches at the root of the cgroup2 hierarchy. Throws SystemError with the reason in one
    /// line.
    HookPrograms();
    ~HookPrograms();
    HookPrograms(const HookPrograms&) = delete;
    HookPrograms& operator=(const HookPrograms&) = delete;

    [[nodiscard]] std::optional<fwlearn_hook_flow> flow(const fwlearn_flow_key& key) const;
    /// The path, from the hierarchy's root on, of a cgroup that is still there (open_by_handle_at(2), needs
    /// CAP_DAC_READ_SEARCH); empty where it is gone.
    [[nodiscard]] std::string cgroup_path(std::uint64_t id) const;
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counts() const;
    /// Of these: what found no room.
    [[nodiscard]] std::uint64_t not_filed() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::collector::process
