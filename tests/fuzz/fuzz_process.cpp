// Any bytes as what a process may have written about itself: arguments, the path of its executable, a
// cgroup's name, its short name in the midst of /proc.
#include "expect.hpp"

#include <collector/process/identity.hpp>
#include <collector/process/redact.hpp>
#include <collector/process/task.hpp>

#include <decode.hpp>
#include <proc_text.hpp>

#include <algorithm>
#include <cstring>

namespace {

using namespace fwlearn::collector::process;
using fwlearn::fuzz::expect;

void read_proc(std::string_view text) {
    const auto any = stat_in(text);
    expect(!any || text.find(any->comm) != std::string_view::npos);
    (void)effective_id_in(text, "Uid");
    expect(unified_cgroup_in(text).find('\n') == std::string_view::npos);
    const auto stat =
        stat_in("52 (" + std::string(text) + ") S 7 52 52 0 -1 0 3 0 0 0 1 2 0 0 20 0 1 0 4711 8192\n");
    expect(stat == ProcStat{std::string(text), 7, 4711});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const char> bytes(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    fwlearn_image image{};
    std::memcpy(&image, data, std::min(size, sizeof image));
    const auto decoded = decode(image);
    expect(decoded.arguments.size() <= FWLEARN_ARGV_SIZE);
    fwlearn_cgroup cgroup{};
    std::memcpy(&cgroup, data, std::min(size, sizeof cgroup));

    read_proc({bytes.data(), bytes.size()});

    Lineage lineage;
    lineage.process = decoded;
    lineage.process.arguments = arguments_of(bytes);
    lineage.cgroup = path_of(bytes, size % 2 == 0);
    lineage.ancestors.assign(size % 4, decoded);
    for (const std::size_t limit : {std::size_t{0}, std::size_t{20}, std::size_t{256}}) {
        expect(redacted_command_line(lineage.process.arguments, limit).raw_bytes().size() <= limit);
    }
    const fwlearn::collector::host::Schedules none;
    expect(task_of(lineage, none) == task_of(lineage, none));
    lineage.cgroup = decode(cgroup);
    (void)task_of(lineage, none);
    const auto identity = identity_of(lineage);
    expect(identity.identity().identity() == identity.identity());
    return 0;
}
