// What the kernel takes for calling BPF programs at all: some that only say "go on", at each place of a
// cgroup where fwlearn's attribution has one (collector/bpf/entries.h, attribution.bpf.c). Knows nothing of
// who sends what. Used by observed_cost.
#pragma once

#include <bpf/bpf.h>
#include <fcntl.h>
#include <ground/failure.hpp>
#include <ground/fd.hpp>
#include <linux/bpf.h>

#include <array>
#include <filesystem>
#include <utility>
#include <vector>

namespace fwlearn::bench {

class ProgramsThatDoNothing {
  public:
    /// Attached to the cgroup for as long as the object lives. Throws where the kernel refuses one.
    explicit ProgramsThatDoNothing(const std::filesystem::path& cgroup) {
        using kernel_test::Fd;
        using kernel_test::must;
        // r0 = 1; exit (Documentation/bpf/standardization/instruction-set.rst)
        const std::array<bpf_insn, 2> go_on{
            {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}}};
        const Fd directory(must(open(cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "cgroup"));
        for (const auto& [type, place] : {std::pair{BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE},
                                          {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG},
                                          {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG},
                                          {BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS}}) {
            bpf_prog_load_opts options{};
            options.sz = sizeof options;
            options.expected_attach_type = place;
            const Fd program(must(bpf_prog_load(type, "nothing", "GPL", go_on.data(), go_on.size(), &options),
                                  "BPF program"));
            links_.emplace_back(
                must(bpf_link_create(program.get(), directory.get(), place, nullptr), "BPF link"));
        }
    }

  private:
    std::vector<kernel_test::Fd> links_; ///< what is attached goes with them
};

} // namespace fwlearn::bench
