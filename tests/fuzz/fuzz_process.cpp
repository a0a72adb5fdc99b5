// Any bytes as what a process may have written about itself: arguments, the path of its executable, a
// cgroup's name.
#include "expect.hpp"

#include <collector/process/identity.hpp>
#include <collector/process/redact.hpp>
#include <collector/process/task.hpp>

#include <decode.hpp>

#include <algorithm>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn::collector::process;
    using fwlearn::fuzz::expect;
    const std::span<const char> bytes(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    fwlearn_image image{};
    std::memcpy(&image, data, std::min(size, sizeof image));
    const auto decoded = decode(image);
    expect(decoded.arguments.size() <= FWLEARN_ARGV_SIZE);
    fwlearn_cgroup cgroup{};
    std::memcpy(&cgroup, data, std::min(size, sizeof cgroup));

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
