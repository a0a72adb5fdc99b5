// Is a datagram's sender named where another BPF program changes its destination, as those do that balance
// load, and after fwlearn's has seen it?
#include "ground/failure.hpp"
#include "ground/fd.hpp"
#include "ground/observing.hpp"
#include "ground/responder.hpp"
#include "ground/temporary.hpp"
#include "sender/cgroup.hpp"

#include <collector/process/cgroup_root.hpp>
#include <sql/reader.hpp>

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/bpf.h>

#include <array>
#include <cstddef>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

/// Every datagram that is sent with an address goes to this port, for as long as the object lives.
class Redirection {
  public:
    Redirection(const std::filesystem::path& cgroup, std::uint16_t port) {
        // r2 = port; r1->user_port = r2; r0 = 1; exit
        // (Documentation/bpf/standardization/instruction-set.rst)
        const std::array<bpf_insn, 4> program{
            {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, htons(port)},
             {BPF_STX | BPF_MEM | BPF_W, BPF_REG_1, BPF_REG_2, offsetof(bpf_sock_addr, user_port), 0},
             {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1},
             {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}}};
        bpf_prog_load_opts options{};
        options.sz = sizeof options;
        options.expected_attach_type = BPF_CGROUP_UDP4_SENDMSG;
        const Fd loaded(must(bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "redirect", "GPL", program.data(),
                                           program.size(), &options),
                             "BPF program"));
        const Fd at(must(open(cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "cgroup"));
        link_ =
            Fd(must(bpf_link_create(loaded.get(), at.get(), BPF_CGROUP_UDP4_SENDMSG, nullptr), "BPF link"));
    }

  private:
    Fd link_; ///< what is attached goes with it
};

} // namespace

TEST_CASE("a datagram that another program sends elsewhere is its process's all the same") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const auto root = collector::process::cgroup2_root("/proc/self/mountinfo");
    const Cgroup own;
    const auto address = Lab::internet_address(model::Family::ipv4, 7).to_string();
    constexpr std::uint16_t asked = 20001;
    constexpr std::uint16_t given = 20002;
    {
        // In a mount namespace where this cgroup is all that there is, so that it is attached there.
        Observing observing(lab, FWLEARN_PROGRAM, database,
                            {"unshare", "--mount", "sh", "-c",
                             R"(mount --bind "$1" "$2"; shift 2; exec "$@")", "sh", own.path(), root});
        const auto send = [&] {
            must_run({"sh", "-c", R"(exec 3>/dev/null; echo $$ >"$1/cgroup.procs"; shift; exec "$@")", "sh",
                      own.path(), FWLEARN_SENDER, "udp", "0", "0", address, std::to_string(asked)},
                     {.netns = lab.server().name()});
        };
        send();
        {
            // Later than fwlearn's in the same cgroup: it runs after it.
            const Redirection redirection(own.path(), given);
            send();
        }
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    for (const auto port : {asked, given}) {
        CAPTURE(port);
        std::uint64_t count = 0;
        for (const auto& flow : record.flows) {
            if (flow.key.destination.service == model::Service::port(model::protocol::udp, port)) {
                count += flow.counts.count;
                CHECK(flow.key.attribution == model::Attribution::exact);
                CHECK(record.identities.process(flow.key.process).exe.raw_bytes() ==
                      std::filesystem::canonical(FWLEARN_SENDER).string());
            }
        }
        CHECK(count == 1);
    }
}
