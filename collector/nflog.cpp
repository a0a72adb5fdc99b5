#include "collector/nflog.hpp"

#include "netlink.hpp"
#include "nflog_holder.hpp"

#include <model/denial_log.hpp>

#include <arpa/inet.h>
#include <libnetfilter_log/libnetfilter_log.h>
#include <net/if.h>

#include <array>
#include <cstdlib>

namespace fwlearn::collector {
namespace {

struct CloseHandle {
    void operator()(nflog_handle* handle) const { nflog_close(handle); }
};

/// nflog_close() leaves it, and nflog_unbind_group() frees it only if the kernel still had the group. The
/// library allocates it by calloc(3).
struct FreeGroup {
    void operator()(nflog_g_handle* group) const { std::free(group); } // NOLINT: as it was allocated
};

model::SocketOwner owner_of(nflog_data* data) {
    std::uint32_t uid = 0;
    if (nflog_get_uid(data, &uid) != 0) {
        return model::SocketOwner::kernel();
    }
    std::uint32_t gid = model::no_gid;
    nflog_get_gid(data, &gid);
    return model::SocketOwner::user(uid, gid);
}

/// Both clocks at one moment.
struct Clocks {
    std::chrono::system_clock::time_point wall;
    std::chrono::steady_clock::time_point steady;
};

/// Whoever has to wait for a processor between the two finds them apart by that, which is longer than a port
/// takes to become somebody else's. So of several looks the shortest counts.
Clocks read_clocks() {
    using std::chrono::steady_clock;
    constexpr auto short_enough = std::chrono::microseconds(5);
    constexpr int looks = 4;
    Clocks best{};
    auto shortest = steady_clock::duration::max();
    for (int look = 0; look < looks && shortest > short_enough; ++look) {
        const auto before = steady_clock::now();
        const auto wall = std::chrono::system_clock::now();
        const auto took = steady_clock::now() - before;
        if (took < shortest) {
            shortest = took;
            best = {wall, before + took / 2};
        }
    }
    return best;
}

/// The kernel says it by the wall clock. What that says to have been longer ago than a message can wait in
/// the socket, or to be still to come, was said before somebody set it: then it is not known.
std::optional<std::chrono::steady_clock::time_point> arrival_of(nflog_data* data, const Clocks& now) {
    timeval time{};
    if (nflog_get_timestamp(data, &time) != 0) {
        return std::nullopt;
    }
    using std::chrono::system_clock;
    const auto wall =
        system_clock::time_point(std::chrono::seconds(time.tv_sec)) + std::chrono::microseconds(time.tv_usec);
    const auto ago = std::chrono::duration_cast<std::chrono::nanoseconds>(now.wall - wall);
    constexpr std::chrono::minutes longest_wait{1};
    if (ago < std::chrono::nanoseconds(0) || ago > longest_wait) {
        return std::nullopt;
    }
    return now.steady - ago;
}

} // namespace

model::FlowVerdict verdict_of_prefix(std::string_view prefix) {
    if (prefix == model::denied_prefix) {
        return model::FlowVerdict::denied;
    }
    return prefix == model::shadowed_prefix ? model::FlowVerdict::shadowed : model::FlowVerdict::accepted;
}

struct NflogSocket::State {
    std::unique_ptr<nflog_handle, CloseHandle> handle;
    std::unique_ptr<nflog_g_handle, FreeGroup> group; // before the handle, on which it stands
    std::uint16_t number = 0;
    SimulatedDrops simulated;
    unsigned turn = 0; // of those that are thrown away or not
    std::size_t socket_buffer = 0;
    std::optional<std::string> foreign_prefix;
    std::uint32_t last_sequence = 0xffffffffU; // the kernel numbers from 0
    // For the time of one read.
    const std::function<void(const LoggedPacket&)>* handler = nullptr;
    Clocks clocks;
    ReadResult result;

    void on_message(nflog_data* data) {
        ++result.messages;
        std::uint32_t sequence = 0;
        if (nflog_get_seq(data, &sequence) == 0) {
            result.lost += static_cast<std::uint32_t>(sequence - last_sequence - 1);
            last_sequence = sequence;
        }
        const char* const given = nflog_get_prefix(data);
        const std::string_view prefix = given != nullptr ? given : "";
        const auto verdict = verdict_of_prefix(prefix);
        if (prefix == nflog_flow_prefix || prefix == nflog_names_prefix) {
            if (is_to_be_dropped()) {
                ++result.simulated;
                return;
            }
            ++result.observed;
        } else if (verdict == model::FlowVerdict::accepted) {
            ++result.foreign;
            foreign_prefix = foreign_prefix.value_or(std::string(prefix));
            return;
        }
        char* payload = nullptr;
        const int length = nflog_get_payload(data, &payload);
        if (length <= 0) {
            ++result.malformed;
            return;
        }
        const std::span bytes(reinterpret_cast<const std::uint8_t*>(payload), // NOLINT: C's octets
                              static_cast<std::size_t>(length));
        (*handler)({owner_of(data), nflog_get_outdev(data), prefix == nflog_names_prefix, verdict, bytes,
                    arrival_of(data, clocks)});
    }

    bool is_to_be_dropped() {
        turn = turn + 1 < simulated.of ? turn + 1 : 0;
        return turn < simulated.drop;
    }
};

NflogSocket::NflogSocket(std::uint16_t group, SimulatedDrops simulated) : state_(std::make_unique<State>()) {
    state_->number = group;
    state_->simulated = simulated;
    state_->handle.reset(nflog_open());
    if (!state_->handle) {
        throw model::SystemError("cannot open the kernel's packet log (NFLOG)", errno);
    }
    // No nflog_bind_pf: it would make NFLOG the namespace's default logger, which `log group` does not need
    // (nf_log_packet() takes the logger of the rule's own type) and which is not ours to change.
    state_->group.reset(nflog_bind_group(state_->handle.get(), group));
    if (!state_->group) {
        const int error = errno;
        const auto holder = nflog_group_holder(group);
        if (holder) {
            throw model::SystemError("NFLOG group " + std::to_string(group) + " is taken by " + *holder +
                                     ": stop it, or choose another with --group");
        }
        throw model::SystemError(
            "cannot bind NFLOG group " + std::to_string(group) + " (needs root or CAP_NET_ADMIN)", error);
    }
    nflog_callback_register(
        state_->group.get(),
        [](nflog_g_handle*, nfgenmsg*, nflog_data* data, void* self) {
            static_cast<State*>(self)->on_message(data);
            return 0;
        },
        state_.get());
    constexpr auto hundredths = static_cast<std::uint32_t>(nflog_flush.count() / 10);
    const bool configured =
        nflog_set_mode(state_->group.get(), NFULNL_COPY_PACKET, nflog_streams_snaplen) == 0 &&
        nflog_set_nlbufsiz(state_->group.get(), 1U << 15U) == 0 &&
        nflog_set_qthresh(state_->group.get(), nflog_batch) == 0 &&
        nflog_set_timeout(state_->group.get(), hundredths) == 0 &&
        nflog_set_flags(state_->group.get(), NFULNL_CFG_F_SEQ) == 0;
    if (!configured) {
        throw model::SystemError("cannot set up NFLOG group " + std::to_string(group), errno);
    }
    state_->socket_buffer = netlink::enlarge_buffer(fd());
}

NflogSocket::~NflogSocket() = default;

int NflogSocket::fd() const {
    return nflog_fd(state_->handle.get());
}

std::size_t NflogSocket::buffer() const {
    return state_->socket_buffer;
}

std::uint32_t NflogSocket::drops() const {
    return netlink::drops(fd());
}

const std::string& NflogSocket::foreign_prefix() const {
    static const std::string none;
    return state_->foreign_prefix ? *state_->foreign_prefix : none;
}

ReadResult NflogSocket::read(std::span<char> into, const std::function<void(const LoggedPacket&)>& handler) {
    state_->result = {};
    std::size_t length = 0;
    switch (netlink::receive(fd(), into, length)) {
    case netlink::Received::nothing:
        return state_->result;
    case netlink::Received::overrun:
        state_->result.overrun = true;
        break;
    case netlink::Received::forged:
        state_->result.forged = 1;
        break;
    case netlink::Received::data:
        state_->handler = &handler;
        state_->clocks = read_clocks(); // after it came, so that all in it is older
        nflog_handle_packet(state_->handle.get(), into.data(), static_cast<int>(length));
        state_->result.octets = length;
        break;
    }
    state_->result.more = true;
    return state_->result;
}

void NflogSocket::unbind() {
    // Not nflog_unbind_group(): it waits for its acknowledgement and reads past the packets on the way.
    std::array<char, 256> message{};
    auto* header = mnl_nlmsg_put_header(message.data());
    header->nlmsg_type = (NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG_CONFIG;
    header->nlmsg_flags = NLM_F_REQUEST;
    auto* general = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
    general->nfgen_family = AF_UNSPEC;
    general->version = NFNETLINK_V0;
    general->res_id = htons(state_->number);
    const nfulnl_msg_config_cmd command{NFULNL_CFG_CMD_UNBIND};
    mnl_attr_put(header, NFULA_CFG_CMD, sizeof command, &command);
    if (send(fd(), header, header->nlmsg_len, 0) < 0) {
        throw model::SystemError("cannot give NFLOG group " + std::to_string(state_->number) + " back",
                                 errno);
    }
}

} // namespace fwlearn::collector
