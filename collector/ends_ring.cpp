#include "ends_ring.hpp"

#include "bpf/shapes.h"
#include "libbpf.hpp"

#include <ends.skel.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace fwlearn::collector {
namespace {

struct DestroySkeleton {
    void operator()(ends_bpf* skeleton) const { ends_bpf__destroy(skeleton); }
};
struct FreeRing {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

} // namespace

struct EndsRing::State {
    std::unique_ptr<ends_bpf, DestroySkeleton> skeleton;
    std::unique_ptr<ring_buffer, FreeRing> ring;
    // For the time of one read.
    const std::function<void(std::span<const char>)>* handler = nullptr;
    std::size_t left = 0;

    /// Less than 0: no more of them; this one is taken all the same (ring_buffer__consume()).
    static int on_sample(void* self, void* sample, std::size_t size) {
        auto& state = *static_cast<State*>(self);
        constexpr auto head = offsetof(fwlearn_end_large, message);
        const auto length = static_cast<const fwlearn_end_large*>(sample)->length;
        (*state.handler)({static_cast<const char*>(sample) + head, // NOLINT: C's own layout
                          std::min<std::size_t>(length, size - head)});
        return --state.left > 0 ? 0 : -1;
    }
};

EndsRing::EndsRing(std::unique_ptr<State> state) : state_(std::move(state)) {}

EndsRing::~EndsRing() = default;

std::unique_ptr<EndsRing> EndsRing::at(int socket) {
    bpf::listen();
    auto state = std::make_unique<State>();
    state->skeleton.reset(ends_bpf__open_and_load());
    if (!state->skeleton) {
        return nullptr;
    }
    const int map = bpf_map__fd(state->skeleton->maps.ends);
    state->ring.reset(ring_buffer__new(map, State::on_sample, state.get(), nullptr));
    const int program = bpf_program__fd(state->skeleton->progs.keep_end);
    if (!state->ring || setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program) != 0) {
        return nullptr;
    }
    return std::unique_ptr<EndsRing>(new EndsRing(std::move(state))); // NOLINT: the constructor is private
}

int EndsRing::fd() const {
    return bpf_map__fd(state_->skeleton->maps.ends);
}

bool EndsRing::has_overflowed() const {
    return __atomic_load_n(&state_->skeleton->bss->overflowed, __ATOMIC_RELAXED) != 0;
}

void EndsRing::resume() {
    __atomic_store_n(&state_->skeleton->bss->overflowed, 0, __ATOMIC_SEQ_CST);
}

std::size_t EndsRing::read(std::size_t most, const std::function<void(std::span<const char>)>& handler) {
    if (most == 0) {
        return 0;
    }
    state_->handler = &handler;
    state_->left = most;
    ring_buffer__consume(state_->ring.get());
    return most - state_->left;
}

} // namespace fwlearn::collector
