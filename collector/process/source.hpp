// The interface behind which the attributor's means are alike. Implemented by bpf_source, hook_source and
// socket_source.
#pragma once

#include "collector/process/attributor.hpp"

namespace fwlearn::collector::process {

struct Attributor::Source {
    Source() = default;
    virtual ~Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual std::optional<Sighting> find(const Tuple& tuple, Moment not_after) = 0;
    virtual std::optional<Lineage> lineage(std::uint64_t number) = 0;
    virtual void give_up() {}
    virtual void keep_living() {}
    [[nodiscard]] virtual std::vector<std::pair<std::string, std::uint64_t>> counters() const = 0;
    [[nodiscard]] virtual std::uint64_t not_filed() const { return 0; }
};

/// Throws SystemError where the kernel does not allow it.
std::unique_ptr<Attributor::Source> bpf_source();
std::unique_ptr<Attributor::Source> hook_source();
std::unique_ptr<Attributor::Source> socket_source();

} // namespace fwlearn::collector::process
