#include "ends_ring.hpp"

#include "bpf/shapes.h"
#include "conntrack_event.hpp"
#include "libbpf.hpp"
#include "network_order.hpp"

#include <ends.skel.h>
#include <linux/netfilter/nf_conntrack_common.h>
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

ConntrackEntry entry_of(const fwlearn_end& end, const model::Address& source,
                        const model::Address& destination) {
    ConntrackEntry entry;
    entry.tuple.source = source;
    entry.tuple.source_detail = network_order(end.source_port);
    entry.tuple.destination = {{model::Protocol{end.protocol}, network_order(end.destination_port)},
                               destination};
    entry.id = network_order(end.id);
    take_status(entry, network_order(end.status));
    take_tcp_state(entry, end.tcp_state);
    entry.traffic.packets_out = network_order<std::uint64_t>(end.packets_out);
    entry.traffic.bytes_out = network_order<std::uint64_t>(end.bytes_out);
    entry.traffic.packets_in = network_order<std::uint64_t>(end.packets_in);
    entry.traffic.bytes_in = network_order<std::uint64_t>(end.bytes_in);
    return entry;
}

} // namespace

struct EndsRing::State {
    std::unique_ptr<ends_bpf, DestroySkeleton> skeleton;
    std::unique_ptr<ring_buffer, FreeRing> ring;
    // For the time of one read.
    const Handler* handler = nullptr;
    std::size_t left = 0;

    void take(const void* sample, std::size_t size) const {
        if (size == sizeof(fwlearn_end_v4)) {
            const auto& kept = *static_cast<const fwlearn_end_v4*>(sample);
            handler->ended(entry_of(kept.end, model::Address::v4(std::span(kept.source)),
                                    model::Address::v4(std::span(kept.destination))));
        } else if (size == sizeof(fwlearn_end_v6)) {
            const auto& kept = *static_cast<const fwlearn_end_v6*>(sample);
            handler->ended(entry_of(kept.end, model::Address::v6(std::span(kept.source)),
                                    model::Address::v6(std::span(kept.destination))));
        } else {
            const auto& whole = *static_cast<const fwlearn_end_whole*>(sample);
            const auto* const message = static_cast<const void*>(whole.message);
            handler->told({static_cast<const char*>(message), // NOLINT: C's own layout
                           std::min<std::size_t>(whole.length, sizeof whole.message)});
        }
    }

    /// Less than 0: no more of them; this one is taken all the same (ring_buffer__consume()).
    static int on_sample(void* self, void* sample, std::size_t size) {
        auto& state = *static_cast<State*>(self);
        state.take(sample, size);
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

std::size_t EndsRing::read(std::size_t most, const Handler& handler) {
    if (most == 0) {
        return 0;
    }
    state_->handler = &handler;
    state_->left = most;
    ring_buffer__consume(state_->ring.get());
    return most - state_->left;
}

} // namespace fwlearn::collector
