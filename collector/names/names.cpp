#include "names.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace fwlearn::collector::names {
namespace {

/// Users up to here are the system's (SYS_UID_MAX of login.defs(5)).
constexpr std::uint32_t last_system_uid = 999;

/// Who asks for others that reach him past the network: systemd-resolved by nss-resolve(8), nscd(8). What
/// anybody else asks is his own question, a daemon's too: whoever has it look up his domain says what address
/// that is. A caching name server's clients ask it over loopback, and have an answer of their own there.
bool asks_for_others(const model::Process& process) {
    constexpr std::array<std::string_view, 5> programs{"/lib/systemd/systemd-resolved",
                                                       "/usr/lib/systemd/systemd-resolved", "/usr/sbin/nscd",
                                                       "/usr/sbin/unscd", "/usr/bin/nscd"};
    return process.uid && *process.uid <= last_system_uid && !process.contained &&
           std::find(programs.begin(), programs.end(), process.exe.raw_bytes()) != programs.end();
}

} // namespace

void Names::take(const reading::Heard& heard, const model::SocketOwner& owner, Moment arrived,
                 const Identify& identify, const Process& process, const Now& now) {
    if (const auto* asked = std::get_if<reading::Asked>(&heard)) {
        exchanges_.asked(asked->flow, asked->id, asked->question, owner, now);
    } else if (const auto* answer = std::get_if<reading::Answered>(&heard)) {
        take_answer(*answer, arrived, identify, process, now);
    } else if (const auto* said = std::get_if<reading::Said>(&heard)) {
        ++said_total_;
        bind(said->flow.destination.address, said->name, identify(said->flow, owner, std::nullopt).process,
             said->source, {}, now);
        said_.push_back(*said);
    }
}

void Names::take_answer(const reading::Answered& answer, Moment arrived, const Identify& identify,
                        const Process& process, const Now& now) {
    const auto& flow = answer.flow;
    const auto owner = exchanges_.answered(flow, answer.id, answer.question, now);
    if (!owner) {
        ++unasked_;
        return;
    }
    ++answers_;
    const auto& resolved = answer.resolved;
    if (resolved.addresses.empty()) {
        return;
    }
    // Not before now: a connected socket's first datagram is filed after it was logged. And not as it is now:
    // the port may be somebody else's by this time.
    const auto who = identify(flow, *owner, arrived);
    const bool configured = resolvers_.contains(flow.destination.address);
    unconfigured_ += configured ? 0 : 1;
    // Somebody whose packets are seen waits for the same answer, and gets his own.
    const bool for_others = who.process != model::ProcessId::unknown &&
                            asks_for_others(process(who.process)) &&
                            !exchanges_.waits_on_loopback(answer.question);
    const auto reach = !configured ? Reach::process : for_others ? Reach::host : Reach::user;
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
    return {{"dns_answers", answers_},           {"dns_unasked", unasked_},
            {"dns_unconfigured", unconfigured_}, {"dns_dropped", exchanges_.dropped()},
            {"names_said", said_total_},         {"names_forgotten", known_.forgotten()}};
}

} // namespace fwlearn::collector::names
