// The BPF programs of the attribution: loaded, attached for as long as this object lives, and what they file
// looked up by its number. Knows nothing of what the records mean. Used by bpf_source.
#pragma once

#include "../bpf/shapes.h"
#include "filed_flows.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fwlearn::collector::process {

class Programs {
  public:
    /// Loads and attaches at the root of the cgroup2 hierarchy. What is sent in the network namespace with
    /// this cookie is filed. Throws SystemError with the reason in one line: no type information (BTF), no
    /// cgroup2, no privilege, or which program the kernel refused.
    explicit Programs(std::uint64_t netns);
    ~Programs();
    Programs(const Programs&) = delete;
    Programs& operator=(const Programs&) = delete;

    /// Files the processes and the sockets that were there before. Returns the processes' pids, whose
    /// arguments are still missing. Throws SystemError.
    std::vector<std::uint32_t> take_in_existing();
    /// Adds the arguments of such a process, unless it has become another program since `image` was told.
    void add_arguments(std::uint64_t image, std::span<const char> arguments);

    /// Keeps what is filed of processes that live from making room for those that come and go. To be called
    /// now and then; where few have come since the last time it does nothing.
    void keep_living();

    /// To be told when a connection that was logged is not found among the flows: where something may keep
    /// connections' first packets from leaving, they are filed before, from now on.
    void miss_connection();

    [[nodiscard]] std::optional<fwlearn_node> node(std::uint32_t pid) const;
    /// As FiledFlows::find(), and without a system call, in the memory that is shared with the programs.
    [[nodiscard]] std::optional<fwlearn_filing> find(const fwlearn_flow_key& key,
                                                     std::optional<std::uint64_t> not_after);
    /// Of what was filed later than that (nanoseconds, monotonic) something may have made room; nothing as
    /// long as nothing had to.
    [[nodiscard]] std::optional<std::uint64_t> oldest_filed() const;
    [[nodiscard]] std::optional<fwlearn_sender> sender(std::uint64_t id) const;
    [[nodiscard]] std::optional<fwlearn_image> image(std::uint64_t id) const;
    [[nodiscard]] std::optional<fwlearn_cgroup> cgroup(std::uint64_t id) const;

    /// What the programs counted since they were loaded, by name.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counts() const;
    /// Of these: what found no room.
    [[nodiscard]] std::uint64_t not_filed() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::collector::process
