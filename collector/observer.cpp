#include "collector/observer.hpp"

#include "collector/aggregator.hpp"
#include "collector/conntrack.hpp"
#include "collector/event_loop.hpp"
#include "collector/flow_tracker.hpp"
#include "collector/host/users.hpp"
#include "collector/local_addresses.hpp"
#include "collector/logged_twice.hpp"
#include "collector/nflog.hpp"
#include "collector/process/senders.hpp"
#include "conntrack_reading.hpp"
#include "flood_alarm.hpp"
#include "host_reading.hpp"
#include "interfaces.hpp"
#include "load.hpp"
#include "log_reading.hpp"
#include "losses.hpp"
#include "names/names.hpp"
#include "open_before.hpp"
#include "settling.hpp"

#include <model/errors.hpp>

#include <malloc.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace fwlearn::collector {
namespace {

using namespace std::chrono_literals;

/// Also when nothing happens, so that a kill's gap is known to this precision.
constexpr auto heartbeat = 30s;
/// How long messages of one kind are read before it is the turn of others. A flow has two: the log's, and
/// conntrack's of its end.
constexpr auto fair_share = 250ms;

/// From so many messages a second on they are found together. The kernel has filed who sends, or nobody is
/// asked for: then being told of a tenth of a second later costs nothing, and being woken for each message
/// much. Else the process is looked for when its packet has come, and may be gone by then.
double busy_from(model::AttributionMeans means) {
    const bool in_time = means == model::AttributionMeans::bpf || means == model::AttributionMeans::none;
    return in_time ? 50 : 1000;
}

bool is_neighbour_discovery(const Tuple& tuple) {
    constexpr std::uint8_t router_solicitation = 133; // RFC 4861
    constexpr std::uint8_t redirect = 137;
    const auto& service = tuple.destination.service;
    return service.protocol == model::protocol::icmpv6 && service.icmp_type() >= router_solicitation &&
           service.icmp_type() <= redirect;
}

} // namespace

struct Observer::State {
    State(const ObserverOptions& options, PacketReading packets, Sink to)
        : sink(std::move(to)), reading(std::move(packets)), nflog(options.group, options.simulate_drops),
          losses(options, nflog, conntrack), users(options.root),
          host_reading(options.root, names, senders, aggregator, identities),
          senders(options.means, host_reading.schedules()), tracker(options.living_flows),
          aggregator(options.distinct_keys), floods(options.warn) {}

    Sink sink;
    PacketReading reading;
    EventLoop loop;
    NflogSocket nflog;
    ConntrackEvents conntrack;
    Losses losses;
    LocalAddresses local;
    host::Users users;
    Interfaces interfaces;
    HostReading host_reading;
    process::Senders senders;
    Load load{busy_from(senders.attributor().means())};
    names::Names names;
    LoggedTwice shadowed;
    FlowTracker tracker;
    Aggregator aggregator;
    FloodAlarm floods;
    model::Identities identities;
    Settling settling{senders, names, tracker, identities};
    LogReading log{nflog, *reading.process, losses, load};
    ConntrackReading ends{conntrack, local, tracker, settling, losses, load};
    OpenBefore open_before{local, users, senders, tracker, identities};
    const LogReading::Handler on_logged{
        .expect = [this](std::span<const Tuple* const> tuples) { tracker.expect(tuples); },
        .take = [this](const LoggedPacket& logged,
                       const reading::ReadPacket& read) { on_packet(logged, read); }};

    std::uint32_t loopback = if_nametoindex("lo");
    Now now = Now::read();
    Now flushed = now;
    std::chrono::steady_clock::time_point try_again =
        now.steady;        ///< not before this is a refused batch offered again
    bool stopping = false; ///< nothing more will be said or found

    std::chrono::steady_clock::time_point heard_until{}; ///< all that was logged by then has been read
    std::chrono::steady_clock::time_point names_heard{}; ///< the last time that a packet with names came
    bool log_is_read = true;                             ///< when it was read last, nothing was left there

    // Since the start.
    std::uint64_t denied_packets = 0, shadowed_packets = 0, names_malformed = 0;

    void on_packet(const LoggedPacket& logged, const reading::ReadPacket& read) {
        const Tuple& tuple = read.packet->tuple;
        if (logged.for_names) {
            names_heard = now.steady;
            take_names(logged, read.names);
            return;
        }
        if (logged.out_interface == 0) { // coming in: only ICMP errors are logged there
            if (read.packet->unreachable) {
                // The flow left before this came back: if it still waits for its sender, that one is filed by
                // now, and the tracker must know the flow before it hears of its end.
                settling.settle(*read.packet->unreachable, now);
                tracker.unreachable(*read.packet->unreachable, now);
            }
            return;
        }
        denied_packets += logged.verdict == model::FlowVerdict::denied ? 1 : 0;
        if (logged.verdict == model::FlowVerdict::shadowed) {
            ++shadowed_packets;
            shadowed.first(tuple, now.steady);
        }
        // Whatever a whitelist denies is kept, so that the record adds up to what the kernel counted.
        if (logged.verdict == model::FlowVerdict::accepted &&
            (logged.out_interface == loopback || is_neighbour_discovery(tuple) ||
             shadowed.is_second(tuple))) {
            return;
        }
        users.name(logged.owner, identities);
        LivingSender sender;
        sender.owner = logged.owner;
        sender.interface = interfaces.id(logged.out_interface, identities);
        sender.verdict = logged.verdict;
        settling.logged(tuple, sender, now);
    }

    void take_names(const LoggedPacket& logged, const reading::NameReader::Found& found) {
        names_malformed += found.malformed ? 1 : 0;
        for (const auto& heard : found.heard) {
            names.take(
                heard, logged.owner, logged.arrived,
                [this](const Tuple& flow, const model::SocketOwner& owner, process::Moment then) {
                    LivingSender sender;
                    sender.owner = owner;
                    senders.attribute(sender, flow, identities, then);
                    return sender;
                },
                [this](model::ProcessId id) -> const model::Process& { return identities.process(id); }, now);
        }
    }

    /// All that is there, when nothing is logged any more.
    void read_rest_of_log() {
        now = Now::read();
        while (log.read(now, on_logged)) {
            hand_over();
        }
        settling.look_again(now);
        hand_over();
    }

    /// Not without end: who sends faster than this reads must not keep it from everything else.
    void read_log() {
        now = Now::read();
        const auto begun = now.steady;
        bool more = true;
        while (more && now.steady - begun < fair_share) {
            const auto before = now.steady;
            more = log.read(now, on_logged);
            log_is_read = !more;
            heard_until = more ? heard_until : before;
            hand_over();
            now = Now::read();
        }
        settling.look_again(now);
        hand_over();
    }

    /// Log messages first: a flow's first packet is logged before conntrack tells of its end.
    void read_events() {
        read_log();
        const auto begun = now.steady;
        while (now.steady - begun < fair_share) {
            constexpr int together = 8; // reads of the clock are not for free either
            bool more = true;
            for (int reads = 0; more && reads < together; ++reads) {
                more = ends.read_some(now);
            }
            hand_over();
            now = Now::read();
            if (!more) {
                break;
            }
        }
    }

    /// What comes within a tenth of a second is then read together: the kernel itself keeps the log back for
    /// as long, and the sockets' buffers hold seconds. Not for so long while names are asked for: who asked
    /// is found by his port, which somebody else may have by then.
    void rest_under_load() {
        const auto together = now.steady - names_heard < 1s ? 10ms : 100ms;
        if (load.is_high() && log_is_read) {
            loop.rest(together);
        }
    }

    void hand_over() {
        for (const auto& delta : tracker.take()) {
            floods.add(delta.key, aggregator.add(delta), delta.counts.count);
        }
        for (const auto& binding : names.take_bindings()) {
            aggregator.add(binding);
        }
    }

    void first_dump() {
        now = ends.dump(std::chrono::steady_clock::duration(fair_share), open_before.of_before(now));
        hand_over();
    }

    void dump() {
        now = ends.dump(stopping ? 10s : std::chrono::steady_clock::duration(fair_share));
        hand_over();
    }

    [[nodiscard]] FlowTracker::LogRead log_read() const {
        return {heard_until, losses.log_compared(now), losses.log_lost()};
    }

    [[nodiscard]] Losses::Own own_losses() const {
        return {tracker.overlooked(), senders.attributor().not_filed(), reading.process->not_read()};
    }

    void add_gaps() {
        const auto own = own_losses();
        for (const auto& gap : stopping ? losses.last_look(own, now) : losses.look(own, now)) {
            aggregator.add(gap);
        }
    }

    [[nodiscard]] Counters counters() const {
        Counters all = losses.counters();
        for (const auto& [name, value] :
             Counters{{"flows_overlooked", tracker.overlooked()},
                      {"flows_counted_at_once", tracker.counted_at_once()},
                      {"flows_overflowed", aggregator.overflowed()},
                      {"flows_living", tracker.living()},
                      {"floods", floods.begun()},
                      {"floods_going_on", floods.going_on()},
                      {"denied_packets", denied_packets},
                      {"shadowed_packets", shadowed_packets},
                      {"names_malformed", names_malformed},
                      {"names_left_out", aggregator.names_left_out() + settling.names_left_out()},
                      {"programs_left_out", host_reading.programs_left_out()}}) {
            all.emplace_back(name, value);
        }
        for (auto more :
             {host_reading.counters(), senders.counters(), names.counters(), reading.process->counters()}) {
            for (auto& counter : more) {
                all.push_back(std::move(counter));
            }
        }
        return all;
    }

    /// False when the sink could not take it; then it is kept.
    bool flush() {
        host_reading.look_at_new_programs();
        const bool due = stopping || now.steady - flushed.steady >= heartbeat; // counters have news, too
        if (aggregator.empty() && !due) {
            return true;
        }
        if (now.steady < try_again && !stopping) {
            return false;
        }
        if (!sink(aggregator.batch(), identities, now.wall, counters())) {
            // What has waited for long is much, and takes long to offer: nine tenths of the time are for what
            // comes, as long as it is offered every few seconds.
            constexpr auto most = 5s;
            const auto took = Now::read().steady - now.steady;
            try_again = now.steady + std::min<std::chrono::steady_clock::duration>(10 * took, most);
            return false;
        }
        aggregator.written();
        flushed = now;
        return true;
    }

    void on_second() {
        // First what came while the last transaction was being written, which may have taken its time: it
        // must not wait for another second.
        read_events();
        senders.keep_living();
        now = Now::read();
        tracker.sweep(now, log_read(),
                      [this](const model::Address& address) { return local.contains(address); });
        if (ends.dump_is_due(now)) {
            dump();
        }
        host_reading.look(now);
        hand_over();
        floods.look(identities, now);
        if (log_is_read) { // else what is still to be read would be taken for lost
            add_gaps();
        }
        flush();
    }

    void stop() {
        read_log(); // so that there is room for what comes now
        nflog.unbind();
        // The kernel sends what it kept back while it handles the request, so all of it is there now.
        read_rest_of_log();
        if (losses.dump_is_wanted()) {
            read_events();
            dump(); // what it finds of what was lost is still this observation's
        }
        stopping = true;
        settling.finish(now);
        tracker.no_more_logs();
        while (ends.read_some(now)) {
        }
        hand_over();
        dump();
        losses.compare_last(own_losses(), now);
        tracker.finish(now, log_read(),
                       [this](const model::Address& address) { return local.contains(address); });
        hand_over();
        host_reading.end(now);
        add_gaps();
        // Each try waits for a locked database as long as the sink does.
        constexpr int tries = 5;
        for (int attempt = 1; !flush(); ++attempt) {
            if (attempt == tries) {
                throw model::SystemError("what was observed since " + model::to_rfc3339(flushed.wall) +
                                         " could not be stored and is lost");
            }
        }
    }
};

Observer::Observer(const ObserverOptions& options, PacketReading reading, Sink sink)
    : state_(std::make_unique<State>(options, std::move(reading), std::move(sink))) {
    auto& loop = state_->loop;
    loop.on_signals({SIGINT, SIGTERM, SIGHUP}, [this] { state_->loop.stop(); });
    loop.on_readable(state_->nflog.fd(), [this] {
        state_->read_log();
        state_->rest_under_load();
    });
    for (const int events : {state_->conntrack.fd(), state_->conntrack.ring_fd()}) {
        if (events >= 0) {
            loop.on_readable(events, [this] {
                state_->read_events();
                state_->rest_under_load();
            });
        }
    }
    loop.on_readable(state_->local.fd(), [this] { state_->local.refresh(); });
    loop.every(1s, [this] { state_->on_second(); });
    if (options.duration) {
        loop.after(*options.duration, [this] { state_->loop.stop(); });
    }
}

Observer::~Observer() = default;

model::AttributionMeans Observer::means() const {
    return state_->senders.attributor().means();
}

const std::string& Observer::why_not_better() const {
    return state_->senders.attributor().why_not_better();
}

void Observer::run(const std::function<void()>& ready, const std::function<void()>& no_more_rules) {
    state_->now = Now::read();
    // Before the first dump: what is told now may have begun before there were log rules.
    state_->read_log();
    while (state_->ends.read_some(state_->now)) {
    }
    state_->host_reading.begin(state_->now);
    state_->open_before.take_in_connections(state_->now);
    state_->first_dump();
    state_->flush();
    malloc_trim(0); // the kernel's type information and its like, which only the start has needed
    ready();
    state_->loop.run();
    no_more_rules();
    state_->stop();
}

} // namespace fwlearn::collector
