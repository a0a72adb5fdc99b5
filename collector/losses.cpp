#include "losses.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <algorithm>
#include <utility>

namespace fwlearn::collector {
namespace {

using namespace std::chrono_literals;

/// How often the counter beside the rules is read. The kernel keeps messages back for nflog_flush at most, so
/// after that long none is on its way any more.
constexpr auto log_check_period = 5s;

/// At the earliest so long after a conntrack dump comes the next for the sake of what was lost.
constexpr auto dump_again_after = 3s;

/// Below it nobody promises anything of a stall.
constexpr std::size_t least_buffer = std::size_t{8} * 1024 * 1024;

} // namespace

void Losses::Resettable::read(std::uint64_t now) {
    total += now >= last ? now - last : now;
    last = now;
}

void Losses::Wrapping::read(std::uint32_t now) {
    total += static_cast<std::uint32_t>(now - last);
    last = now;
}

Losses::Losses(const ObserverOptions& options, const NflogSocket& log, const ConntrackEvents& events)
    : log_(log), events_(events), logged_(options.logged), untracked_(options.untracked),
      answers_left_out_(options.answers_left_out), warn_(options.warn), group_(options.group) {
    const auto now = Now::read();
    sound_ = log_sound_ = counter_read_ = now;
    last_dump_ = now.steady;
    const auto statistics = conntrack_statistics();
    table_full_.last = statistics.dropped;
    early_dropped_.last = statistics.early_dropped;
    insert_failed_.last = statistics.insert_failed;
    if (const auto buffer = std::min(log.buffer(), events.buffer()); buffer < least_buffer && warn_) {
        warn_(
            "the receive buffers for the kernel's messages are only " + std::to_string(buffer / 1024) +
            " KiB (net.core.rmem_max; more takes CAP_NET_ADMIN over the whole machine): bursts may be lost, "
            "and will be told as gaps");
    }
}

void Losses::warn_once(bool& warned, const std::string& line) const {
    if (!warned && warn_) {
        warn_(line);
    }
    warned = true;
}

void Losses::log_read(const ReadResult& result) {
    account_.read(result);
    log_messages_ += result.messages;
    log_overruns_ += result.overrun ? 1 : 0;
    malformed_ += result.malformed;
    foreign_ += result.foreign;
    resynchronise_ |= result.overrun || result.lost > 0 || result.simulated > 0;
    if (result.lost > 0) {
        drops_unexplained_since_.reset();
    }
    if (result.foreign > 0) {
        warn_once(warned_foreign_,
                  "packets come to NFLOG group " + std::to_string(group_) +
                      " by a rule that is not fwlearn's (log prefix \"" +
                      model::for_terminal(model::ForeignText(log_.foreign_prefix())) +
                      "\"): they are ignored, and counted as foreign_messages; print the rules with "
                      "`fwlearn observe --print-rules`, or choose another group with --group");
    }
    take_forged(result);
}

void Losses::events_read(const ReadResult& result) {
    event_messages_ += result.messages;
    event_overruns_ += result.overrun ? 1 : 0;
    malformed_ += result.malformed;
    resynchronise_ |= result.overrun;
    take_forged(result);
}

void Losses::take_forged(const ReadResult& result) {
    forged_ += result.forged;
    if (result.forged > 0) {
        warn_once(warned_forged_,
                  "somebody sends messages to this collector that are not the kernel's: they are "
                  "ignored, and counted as forged_messages");
    }
}

void Losses::events_are_off() {
    warn_once(
        warned_events_off_,
        "conntrack was told to tell nobody how connections end (net.netfilter.nf_conntrack_events = 0): "
        "whether flows were answered is seen of those alone that live for a minute or more");
}

void Losses::read_counters(bool last) {
    const auto logged = logged_ ? logged_() : std::nullopt;
    if (logged) {
        last ? account_.counted_last(*logged) : account_.counted(*logged);
    }
    if (const auto untracked = untracked_ ? untracked_() : std::nullopt) {
        untracked_packets_.read(*untracked);
    }
    if (const auto left_out = answers_left_out_ ? answers_left_out_() : std::nullopt) {
        answers_not_copied_.read(*left_out);
    }
}

void Losses::read_statistics() {
    try {
        const auto statistics = conntrack_statistics();
        table_full_.read(statistics.dropped);
        early_dropped_.read(statistics.early_dropped);
        insert_failed_.read(statistics.insert_failed);
    } catch (const model::SystemError&) {
        // For want of memory, say: the next look has what grew since the last one all the same.
    }
}

void Losses::date_log_losses(const Own& own, const Now& now) {
    const auto all = account_.lost() + account_.simulated() + log_drops_.total + own.not_read + malformed_;
    if (all > log_losses_) {
        log_lost_ = now.steady;
        log_losses_ = all;
    }
}

void Losses::compare_last(const Own& own, const Now& now) {
    read_counters(true);
    date_log_losses(own, now);
}

std::vector<model::CaptureGap> Losses::look(const Own& own, const Now& now) {
    const bool due = now.steady - counter_read_.steady >= log_check_period;
    if (due) {
        read_counters(false);
    }
    auto result = gaps(own, now);
    if (due) {
        log_sound_ = std::exchange(counter_read_, now);
    }
    return result;
}

std::vector<model::CaptureGap> Losses::last_look(const Own& own, const Now& now) {
    read_counters(true);
    auto result = gaps(own, now);
    if (drops_unexplained_since_ && !account_.logged()) {
        // No message came behind the last that were dropped, and no counter tells how many they were.
        result.push_back(
            {now.of(*drops_unexplained_since_), now.wall, model::GapReason::nflog_overrun, std::nullopt});
    }
    return result;
}

std::vector<model::CaptureGap> Losses::gaps(const Own& own, const Now& now) {
    const auto drops_before = log_drops_.total;
    log_drops_.read(log_.drops());
    event_drops_.read(events_.drops());
    read_statistics();
    date_log_losses(own, now);

    std::vector<model::CaptureGap> result;
    const auto grown = [&](model::GapReason reason, std::uint64_t total, const Now& since) {
        auto& told = told_[reason];
        if (total > told) {
            result.push_back({now.of(since), now.wall, reason, total - told});
            told = total;
        }
    };
    using Reason = model::GapReason;
    const auto log_told = told_[Reason::nflog_overrun];
    grown(Reason::nflog_overrun, account_.lost(), account_.shown_by_holes() ? sound_ : log_sound_);
    if (log_drops_.total > drops_before && account_.lost() == log_told) {
        drops_unexplained_since_ = drops_unexplained_since_.value_or(sound_);
    }
    grown(Reason::simulated_drops, account_.simulated(), sound_);
    grown(Reason::events_overrun, event_drops_.total, sound_);
    grown(Reason::tracker_full, own.overlooked, sound_);
    grown(Reason::conntrack_full, table_full_.total + early_dropped_.total, sound_);
    grown(Reason::conntrack_insert_failed, insert_failed_.total, sound_);
    grown(Reason::senders_not_filed, own.not_filed, sound_);
    grown(Reason::packets_not_read, own.not_read, sound_);
    grown(Reason::untracked, untracked_packets_.total, log_sound_);
    sound_ = now;
    resynchronise_ |= std::ranges::any_of(result, [](const auto& gap) {
        return gap.reason == Reason::nflog_overrun || gap.reason == Reason::events_overrun;
    });
    return result;
}

bool Losses::dump_is_due(const Now& now) const {
    return resynchronise_ && now.steady - last_dump_ >= dump_again_after;
}

void Losses::dumped(const Now& now) {
    resynchronise_ = false;
    last_dump_ = now.steady;
    ++dumps_;
}

Counters Losses::counters() const {
    return {{"nflog_messages", log_messages_},
            {"nflog_received", account_.received()},
            {"nflog_logged", account_.logged().value_or(0)},
            {"nflog_lost", account_.lost()},
            {"nflog_overruns", log_overruns_},
            {"nflog_drops", log_drops_.total},
            {"simulated_drops", account_.simulated()},
            {"foreign_messages", foreign_},
            {"forged_messages", forged_},
            {"malformed_packets", malformed_},
            {"conntrack_events", event_messages_},
            {"conntrack_events_by_ring", events_.by_ring()},
            {"bpf_keeps_ends", events_.ring_fd() >= 0 ? 1U : 0U},
            {"conntrack_events_lost", event_drops_.total},
            {"conntrack_overruns", event_overruns_},
            {"conntrack_dumps", dumps_},
            {"conntrack_dropped", table_full_.total},
            {"conntrack_early_dropped", early_dropped_.total},
            {"conntrack_insert_failed", insert_failed_.total},
            {"untracked_packets", untracked_packets_.total},
            {"dns_answers_left_out", answers_not_copied_.total}};
}

} // namespace fwlearn::collector
