#include "collector/observer.hpp"

#include "collector/aggregator.hpp"
#include "collector/conntrack.hpp"
#include "collector/event_loop.hpp"
#include "collector/flow_tracker.hpp"
#include "collector/host/ledger.hpp"
#include "collector/host/settings.hpp"
#include "collector/host/users.hpp"
#include "collector/local_addresses.hpp"
#include "collector/logged_twice.hpp"
#include "collector/nflog.hpp"
#include "collector/process/senders.hpp"
#include "collector/sockets.hpp"
#include "flood_alarm.hpp"
#include "host/program_files.hpp"
#include "host/schedule_watch.hpp"
#include "interfaces.hpp"
#include "losses.hpp"
#include "name_numbers.hpp"
#include "names/names.hpp"
#include "reading/reader_process.hpp"
#include "waiting_flows.hpp"

#include <model/errors.hpp>

#include <net/if.h>

#include <algorithm>
#include <csignal>

namespace fwlearn::collector {
namespace {

using namespace std::chrono_literals;

/// Also when nothing happens, so that a kill's gap is known to this precision.
constexpr auto heartbeat = 30s;
/// How often conntrack's table is read for what living flows have come to.
constexpr auto dump_period = 5min;
/// How often timers and crontabs are read again.
constexpr auto schedules_period = 5min;

/// How long a new flow may wait for its client to say a name: a round trip, after which TCP's handshake is
/// over, and the time that the kernel keeps log messages back. What waits is lost by a kill.
constexpr auto name_after = 400ms;

constexpr std::uint16_t quic_port = 443; // where QUIC is spoken under other ports, DNS alone gives names

/// A sender may be filed a moment after the packet is logged (cgroup_skb/egress comes after LOCAL_OUT).
constexpr auto late_after = 1s;
/// When it is asked for again: nearly always it is there the first time.
constexpr auto ask_again_after = 20ms;

/// How long messages of one kind are read before it is the turn of others. A flow has three: the log's, and
/// conntrack's of its begin and its end.
constexpr auto fair_share = 250ms;

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
          losses(options, nflog, conntrack), users(options.root), schedules(options.root, host::read_ledger),
          senders(options.means, schedules.schedules()), programs(options.root),
          tracker(options.living_flows), aggregator(options.distinct_keys), floods(options.warn),
          root(options.root) {}

    Sink sink;
    PacketReading reading;
    EventLoop loop;
    NflogSocket nflog;
    ConntrackEvents conntrack;
    Losses losses;
    LocalAddresses local;
    host::Users users;
    Interfaces interfaces;
    host::ScheduleWatch schedules;
    process::Senders senders;
    host::ProgramFiles programs;
    names::Names names;
    NameNumbers name_numbers;
    LoggedTwice shadowed;
    FlowTracker tracker;
    Aggregator aggregator;
    FloodAlarm floods;
    model::Identities identities;

    std::uint32_t loopback = if_nametoindex("lo");
    Now now = Now::read();
    Now flushed = now;
    std::chrono::steady_clock::time_point try_again =
        now.steady; ///< not before this is a refused batch offered again
    Now schedules_read = now;
    bool stopping = false; ///< nothing more will be said or found
    std::filesystem::path root;
    std::optional<std::vector<model::Configured>> configured; ///< as it was read last

    std::vector<std::uint8_t> log_octets;                ///< of the packets that are being read
    std::chrono::steady_clock::time_point heard_until{}; ///< all that was logged by then has been read
    bool log_is_read = true;                             ///< when it was read last, nothing was left there
    WaitingFlows waiting;                                ///< logged, and the sender or the name not found yet

    // Since the start.
    std::uint64_t denied_packets = 0, shadowed_packets = 0, names_malformed = 0;

    void on_packet(const LoggedPacket& logged, const reading::ReadPacket& read) {
        const Tuple& tuple = read.packet->tuple;
        if (logged.for_names) {
            take_names(logged, read.names);
            return;
        }
        if (logged.out_interface == 0) { // coming in: only ICMP errors are logged there
            if (read.packet->unreachable) {
                // The flow left before this came back: if it still waits for its sender, that one is filed by
                // now, and the tracker must know the flow before it hears of its end.
                settle_now(*read.packet->unreachable);
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
        WaitingFlow flow;
        flow.logged = now;
        flow.sender.owner = logged.owner;
        flow.sender.interface = interfaces.id(logged.out_interface, identities);
        flow.sender.verdict = logged.verdict;
        if (!settle(tuple, flow, !senders.may_come_late()) && !waiting.add(tuple, flow)) {
            flow.may_be_said = false;
            settle(tuple, flow, true, false);
        }
    }

    /// Sender and name of a flow, as far as they are known by now; hands it on when nothing is missing, or
    /// when it has waited long enough. `for_good`: the sender will not be found later.
    bool settle(const Tuple& tuple, WaitingFlow& flow, bool for_good, bool wait_for_name = true) {
        if (!flow.attributed) {
            flow.attributed = senders.attribute(flow.sender, tuple, identities);
            if (!flow.attributed && !for_good && now.steady - flow.logged.steady < late_after) {
                flow.look_again = std::min(std::max(now.steady + ask_again_after,
                                                    now.steady + 2 * (now.steady - flow.logged.steady)),
                                           flow.logged.steady + late_after);
                return false;
            }
            if (!flow.attributed) {
                senders.give_up();
                flow.attributed = true;
            }
            // What is denied gets to say nothing.
            flow.may_be_said =
                !give_name(tuple, flow) && flow.sender.verdict != model::FlowVerdict::denied && wait_for_name;
        }
        if (flow.may_be_said && !stopping && now.steady - flow.logged.steady < name_after) {
            flow.look_again = flow.logged.steady + name_after;
            return false;
        }
        tracker.logged(tuple, flow.sender, flow.logged);
        return true;
    }

    void use_name(Sender& sender, const std::string& name, model::BindingSource source) {
        const auto number = name_numbers.number_of(name, sender.owner, identities);
        if (number != model::NameId::unknown) {
            sender.name = number;
            sender.name_source = source;
        }
    }

    /// The name by which its sender knows the destination. False where the client's own word may add to it:
    /// there is none, or there are several.
    bool give_name(const Tuple& tuple, WaitingFlow& flow) {
        const auto& service = tuple.destination.service;
        const auto found = names.name_of(flow.sender, tuple.destination.address, flow.logged);
        if (found) {
            use_name(flow.sender, found->name, found->source);
        }
        const bool has_head = service.protocol == model::protocol::tcp ||
                              service == model::Service::port(model::protocol::udp, quic_port);
        return (found && found->only) || !has_head;
    }

    /// What clients said of flows that wait. It chooses among the names that the sender asked for, and
    /// stands for one where it is known to have asked for none.
    void hear_names() {
        for (auto& said : names.take_said()) {
            auto* const flow = waiting.that_may_be_said(said.flow);
            if (flow == nullptr) {
                continue;
            }
            flow->look_again = now.steady;
            flow->may_be_said = false;
            const auto known = names.knows(flow->sender, said.flow.destination.address, said.name, now);
            if (known || flow->sender.name == model::NameId::unknown) {
                use_name(flow->sender, said.name, known.value_or(said.source));
            }
        }
    }

    /// Looks again at those that wait; `for_good`: all, and whoever is not found now never is.
    void settle_late(bool for_good) {
        hear_names();
        const auto due = for_good ? std::chrono::steady_clock::time_point::max() : now.steady;
        waiting.settle_due(due, [this, for_good](const Tuple& tuple, WaitingFlow& flow) {
            return settle(tuple, flow, for_good);
        });
    }

    /// A flow of which the end is told must be known first; it says no name any more.
    void settle_now(const Tuple& tuple) {
        hear_names();
        waiting.settle_now(tuple, [this](const Tuple& its, WaitingFlow& flow) {
            const bool known = flow.attributed;
            flow.may_be_said = false;
            return settle(its, flow, false, known);
        });
    }

    void take_names(const LoggedPacket& logged, const reading::NameReader::Found& found) {
        names_malformed += found.malformed ? 1 : 0;
        for (const auto& heard : found.heard) {
            names.take(
                heard, logged.owner, logged.arrived,
                [this](const Tuple& flow, const model::SocketOwner& owner, process::Moment then) {
                    Sender sender;
                    sender.owner = owner;
                    senders.attribute(sender, flow, identities, then);
                    return sender;
                },
                now);
        }
    }

    /// How many could not be understood.
    std::uint64_t on_packets(const std::vector<LoggedPacket>& logged) {
        std::vector<reading::RawPacket> raw;
        raw.reserve(logged.size());
        for (const auto& packet : logged) {
            raw.push_back({packet.bytes, packet.for_names, packet.out_interface != 0});
        }
        const auto read = reading.process->read(raw, now);
        std::uint64_t malformed = 0;
        for (std::size_t index = 0; index < logged.size(); ++index) {
            if (read.packets[index].packet) {
                on_packet(logged[index], read.packets[index]);
            } else {
                ++malformed;
            }
        }
        return malformed;
    }

    /// Many of the kernel's messages at once, as long as there are more: under load a question to the process
    /// that reads waits for its turn on a processor, which must not be for every thirty packets.
    bool read_log_once() {
        constexpr std::size_t most_octets = std::size_t{1} << 20U;
        std::vector<LoggedPacket> logged;
        std::vector<std::size_t> begins;
        log_octets.clear();
        bool more = true;
        while (more && log_octets.size() < most_octets) {
            const auto result = nflog.read([&](const LoggedPacket& one) {
                logged.push_back(one);
                begins.push_back(log_octets.size());
                log_octets.insert(log_octets.end(), one.bytes.begin(), one.bytes.end());
            });
            losses.log_read(result);
            more = result.more;
        }
        for (std::size_t index = 0; index < logged.size(); ++index) {
            logged[index].bytes = std::span(log_octets).subspan(begins[index], logged[index].bytes.size());
        }
        if (!logged.empty()) {
            losses.malformed(on_packets(logged));
        }
        return more;
    }

    /// All that is there, when nothing is logged any more.
    void read_rest_of_log() {
        now = Now::read();
        while (read_log_once()) {
            hand_over();
        }
        settle_late(false);
        hand_over();
    }

    /// Not without end: who sends faster than this reads must not keep it from everything else.
    void read_log() {
        now = Now::read();
        const auto begun = now.steady;
        bool more = true;
        while (more && now.steady - begun < fair_share) {
            const auto before = now.steady;
            more = read_log_once();
            log_is_read = !more;
            heard_until = more ? heard_until : before;
            hand_over();
            now = Now::read();
        }
        settle_late(false);
        hand_over();
    }

    bool read_events_once() {
        const auto result = conntrack.read([this](ConntrackChange change, const ConntrackEntry& entry) {
            const bool from_here =
                local.contains(entry.tuple.source) && !local.contains(entry.tuple.destination.address);
            if (change == ConntrackChange::opened) {
                tracker.opened(entry, from_here, now);
            } else {
                tracker.closed(entry, from_here, now);
            }
        });
        losses.events_read(result);
        return result.more;
    }

    /// Log messages first: a flow's first packet is logged before conntrack tells of it.
    void read_events() {
        read_log();
        const auto begun = now.steady;
        while (now.steady - begun < fair_share) {
            constexpr int together = 64; // reads of the clock are not for free either
            bool more = true;
            for (int reads = 0; more && reads < together; ++reads) {
                more = read_events_once();
            }
            hand_over();
            now = Now::read();
            if (!more) {
                break;
            }
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

    void take_in_open_sockets() {
        for (const auto& open : connected_sockets()) {
            if (local.contains(open.tuple.destination.address)) {
                continue;
            }
            if (open.inbound) {
                tracker.already_open_inbound(open.tuple);
                continue;
            }
            Sender sender;
            sender.owner = model::SocketOwner::user(open.uid, model::no_gid);
            users.name(sender.owner, identities);
            senders.attribute(sender, open.tuple, identities);
            tracker.already_open(open.tuple, sender, now);
        }
    }

    void dump() {
        now = Now::read();
        local.refresh();
        tracker.begin_dump(now);
        dump_conntrack([this](const ConntrackEntry& entry) {
            if (local.contains(entry.tuple.source) && !local.contains(entry.tuple.destination.address)) {
                tracker.dumped(entry, now);
            }
        });
        // What had expired is not listed, but collected meanwhile (ctnetlink_dump_table() in
        // net/netfilter/nf_conntrack_netlink.c), and its end, with whether it was answered, is told.
        const auto begun = now.steady;
        const auto longest = stopping ? 10s : std::chrono::steady_clock::duration(fair_share);
        while (now.steady - begun < longest && read_events_once()) {
            now = Now::read();
        }
        tracker.end_dump();
        losses.dumped(now);
        hand_over();
    }

    /// Which name servers the host is configured to use, and what else its settings name.
    void read_settings() {
        auto settings = host::read_settings(root);
        std::set<model::Address> resolvers;
        for (const auto& setting : settings) {
            if (setting.kind == model::ConfiguredKind::resolver && setting.address) {
                resolvers.insert(*setting.address);
            }
        }
        names.use_resolvers(std::move(resolvers));
        if (settings != configured) {
            configured = settings;
            aggregator.replace(std::move(settings));
        }
    }

    /// Takes over what the host is found to run by the clock, and to have run.
    void take_schedules() {
        if (auto changed = schedules.take_schedules()) {
            aggregator.replace(std::move(*changed));
        }
        for (const auto& run : schedules.take_runs()) {
            aggregator.add(identities.add(run.task), run.time);
        }
    }

    void add_gaps() {
        const Losses::Own own{tracker.overlooked(), senders.attributor().not_filed()};
        for (const auto& gap : stopping ? losses.last_look(own, now) : losses.look(own, now)) {
            aggregator.add(gap);
        }
    }

    /// What the host says of the files that were run; `again` where it may have changed.
    void look_at_programs(bool again) {
        for (const auto& file : programs.look(identities)) {
            aggregator.add(file);
        }
        for (const auto& file : again ? programs.look_again() : std::vector<model::ProgramFile>()) {
            aggregator.add(file);
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
                      {"names_left_out", aggregator.names_left_out() + name_numbers.left_out()},
                      {"programs_left_out", programs.left_out()}}) {
            all.emplace_back(name, value);
        }
        for (auto more :
             {schedules.counters(), senders.counters(), names.counters(), reading.process->counters()}) {
            for (auto& counter : more) {
                all.push_back(std::move(counter));
            }
        }
        return all;
    }

    /// False when the sink could not take it; then it is kept.
    bool flush() {
        look_at_programs(false);
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
        now = Now::read();
        tracker.sweep(now, heard_until,
                      [this](const model::Address& address) { return local.contains(address); });
        if (losses.dump_is_due(now) || now.steady - losses.last_dump() >= dump_period) {
            dump();
        }
        const bool news = schedules.listen(now);
        const bool due = now.steady - schedules_read.steady >= schedules_period;
        if (due) {
            schedules.read(now);
            read_settings();
            look_at_programs(true);
            schedules_read = now;
        }
        if (news || due) {
            senders.use(schedules.schedules());
        }
        take_schedules();
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
        settle_late(true);
        tracker.no_more_logs();
        while (read_events_once()) {
        }
        hand_over();
        dump();
        tracker.finish(now, [this](const model::Address& address) { return local.contains(address); });
        hand_over();
        schedules.listen(now);
        schedules.read(now); // what has run, and is to come, as it was in the end
        take_schedules();
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
    loop.on_readable(state_->nflog.fd(), [this] { state_->read_log(); });
    loop.on_readable(state_->conntrack.fd(), [this] { state_->read_events(); });
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
    while (state_->read_events_once()) {
    }
    state_->read_settings();
    state_->schedules.read(state_->now);
    state_->take_schedules();
    state_->take_in_open_sockets();
    state_->dump();
    state_->flush();
    ready();
    state_->loop.run();
    no_more_rules();
    state_->stop();
}

} // namespace fwlearn::collector
