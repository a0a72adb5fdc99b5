#include "hook_programs.hpp"

#include "../libbpf.hpp"
#include "collector/process/cgroup_root.hpp"

#include <fcntl.h>
#include <hooks.skel.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

namespace fwlearn::collector::process {
namespace {

struct DestroySkeleton {
    void operator()(hooks_bpf* skeleton) const { hooks_bpf__destroy(skeleton); }
};

std::string path_of(int fd) {
    std::array<char, PATH_MAX> target{};
    const auto length =
        readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target.data(), target.size());
    return {target.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

} // namespace

struct HookPrograms::State {
    bpf::Descriptor root{
        open(cgroup2_root("/proc/self/mountinfo").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    std::unique_ptr<hooks_bpf, DestroySkeleton> skeleton;
    bpf::Links links;
};

HookPrograms::HookPrograms() {
    bpf::listen();
    state_ = std::make_unique<State>();
    state_->skeleton.reset(hooks_bpf__open());
    auto* skeleton = state_->skeleton.get();
    if (skeleton == nullptr) {
        bpf::fail(errno);
    }
    skeleton->bss->flow_seed = bpf::drawn_seed();
    if (const int error = hooks_bpf__load(skeleton); error != 0) {
        bpf::fail(-error);
    }
    const auto& programs = skeleton->progs;
    for (auto* program : {programs.sock_create, programs.connect4, programs.connect6, programs.sendmsg4,
                          programs.sendmsg6, programs.tcp_connecting, programs.leaving}) {
        state_->links.add(bpf_program__attach_cgroup(program, state_->root.get()));
    }
}

HookPrograms::~HookPrograms() = default;

std::optional<fwlearn_hook_flow> HookPrograms::flow(const fwlearn_flow_key& key) const {
    const auto& maps = state_->skeleton->maps;
    auto flow = bpf::look_up<fwlearn_flow_key, fwlearn_hook_flow>(maps.flows, key);
    auto first = bpf::look_up<fwlearn_flow_key, fwlearn_hook_flow>(maps.first_flows, key);
    return flow && (!first || first->actor.at < flow->actor.at) ? flow : first;
}

std::string HookPrograms::cgroup_path(std::uint64_t id) const {
    // The kernel's file handles of cgroups are their numbers (include/linux/exportfs.h, FILEID_KERNFS).
    constexpr int fileid_kernfs = 0xfe;
    alignas(file_handle) std::array<char, sizeof(file_handle) + sizeof id> bytes{};
    auto* handle = reinterpret_cast<file_handle*>(bytes.data()); // NOLINT: ends in an array without a size
    handle->handle_bytes = sizeof id;
    handle->handle_type = fileid_kernfs;
    std::memcpy(handle->f_handle, &id, sizeof id); // NOLINT
    const int fd = open_by_handle_at(state_->root.get(), handle, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        return {};
    }
    auto path = path_of(fd);
    close(fd);
    const auto root = path_of(state_->root.get());
    return path.starts_with(root) ? path.substr(root == "/" ? 0 : root.size()) : std::string();
}

std::vector<std::pair<std::string, std::uint64_t>> HookPrograms::counts() const {
    const auto* filed = state_->skeleton->bss;
    return {{"bpf_flows_filed", filed->flows_filed}, {"bpf_flows_failed", filed->flows_failed}};
}

std::uint64_t HookPrograms::not_filed() const {
    return state_->skeleton->bss->flows_failed;
}

} // namespace fwlearn::collector::process
