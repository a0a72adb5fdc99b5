#include "names.hpp"

namespace fwlearn::collector::names {
namespace {

constexpr std::uint16_t dns_port = 53;
/// Users up to here are the system's (SYS_UID_MAX of login.defs(5)): what they ask of the host's own
/// resolvers is the host's question, systemd-resolved's and a caching name server's above all. What a person
/// asks is not: his own domain may answer with any address.
constexpr std::uint32_t last_system_uid = 999;

/// The flow that a packet of the other side answers.
Tuple turned_round(const Tuple& tuple) {
    Tuple flow;
    flow.source = tuple.destination.address;
    flow.source_detail = tuple.destination.service.detail;
    flow.destination = {{tuple.destination.service.protocol, tuple.source_detail}, tuple.source};
    return flow;
}

} // namespace

void Names::read(const LoggedPacket& logged, const Identify& identify, const Now& now) {
    const auto carried = decode_carried(logged.bytes);
    if (!carried) {
        ++malformed_;
        return;
    }
    const bool leaving = logged.out_interface != 0;
    const Tuple flow = leaving ? carried->tuple : turned_round(carried->tuple);
    const auto& service = flow.destination.service;
    const bool udp = service.protocol == model::protocol::udp;
    if (service.detail == dns_port && udp) {
        read_dns(flow, !leaving, carried->payload, logged, identify, now);
    } else if (service.detail == dns_port) {
        streams_.add(flow, !leaving, *carried, now, [&](std::span<const std::uint8_t> message) {
            read_dns(flow, !leaving, message, logged, identify, now);
        });
    } else if (leaving) {
        if (auto said = heads_.add(*carried, now)) {
            ++said_total_;
            bind(flow.destination.address, said->name, identify(flow, logged.owner, std::nullopt).process,
                 said->source, {}, now);
            said_.push_back({flow, std::move(*said)});
        }
    }
}

void Names::read_dns(const Tuple& flow, bool answer, std::span<const std::uint8_t> message,
                     const LoggedPacket& logged, const Identify& identify, const Now& now) {
    const auto decoded = decode_dns(message);
    // A question that comes in is no answer, and an answer that goes out is somebody else's.
    if (!decoded || decoded->response != answer) {
        ++malformed_;
        return;
    }
    if (answer) {
        read_answer(flow, *decoded, logged.arrived, identify, now);
    } else {
        exchanges_.asked(flow, *decoded, logged.owner, now);
    }
}

void Names::read_answer(const Tuple& flow, const DnsMessage& answer, Moment arrived, const Identify& identify,
                        const Now& now) {
    const auto owner = exchanges_.answered(flow, answer, now);
    if (!owner) {
        ++unasked_;
        return;
    }
    ++answers_;
    const auto resolved = resolved_by(answer);
    if (resolved.addresses.empty()) {
        return;
    }
    // Not before now: a connected socket's first datagram is filed after it was logged. And not as it is now:
    // the port may be somebody else's by this time.
    const auto who = identify(flow, *owner, arrived);
    const bool configured = resolvers_.contains(flow.destination.address);
    unconfigured_ += configured ? 0 : 1;
    const bool system = owner->kind == model::OwnerKind::user && owner->uid <= last_system_uid;
    const auto reach = !configured ? Reach::process : system ? Reach::host : Reach::user;
    known_.learn({who.actor, *owner}, reach, resolved, now);
    const auto source =
        reach == Reach::host ? model::BindingSource::dns_host : model::BindingSource::dns_process;
    for (const auto& address : resolved.addresses) {
        bind(address, resolved.name, who.process, source, resolved, now);
    }
}

void Names::bind(const model::Address& address, const std::string& name, model::ProcessId process,
                 model::BindingSource source, const Resolved& answer, const Now& now) {
    // Whatever somebody unknown was told by a resolver of his own choice, nobody else is to believe.
    if (process == model::ProcessId::unknown && source != model::BindingSource::dns_host) {
        return;
    }
    model::NameBinding binding;
    binding.address = address;
    binding.name = model::ForeignText(name);
    binding.process = process;
    binding.source = source;
    binding.first_seen = binding.last_seen = now.wall;
    binding.count = 1;
    binding.ttl = answer.ttl;
    if (answer.canonical != name) {
        binding.canonical = model::ForeignText(answer.canonical);
    }
    bindings_.push_back(std::move(binding));
}

std::vector<std::pair<std::string, std::uint64_t>> Names::counters() const {
    return {{"dns_answers", answers_},
            {"dns_unasked", unasked_},
            {"dns_unconfigured", unconfigured_},
            {"dns_dropped", exchanges_.dropped() + streams_.dropped()},
            {"names_said", said_total_},
            {"names_malformed", malformed_},
            {"names_given_up", heads_.given_up()},
            {"names_forgotten", known_.forgotten()}};
}

} // namespace fwlearn::collector::names
