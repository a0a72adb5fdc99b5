// What was lost since the start, where and how much: adds up what every source tells of itself, and makes a
// gap of whatever grew since the last look. ENOBUFS alone is no figure: it only makes the next look a
// conntrack dump. Knows no flow. Kept by the observer, which looks once a second.
#pragma once

#include "collector/conntrack.hpp"
#include "collector/nflog.hpp"
#include "collector/now.hpp"
#include "collector/observer.hpp"
#include "log_account.hpp"

#include <model/record.hpp>

#include <map>

namespace fwlearn::collector {

class Losses {
  public:
    Losses(const ObserverOptions& options, const NflogSocket& log, const ConntrackEvents& events);

    /// What one read came to.
    void log_read(const ReadResult& result);
    void events_read(const ReadResult& result);
    /// Packets that came, and could not be understood.
    void malformed(std::uint64_t packets) { malformed_ += packets; }

    /// What the collector's own parts have lost since the start.
    struct Own {
        std::uint64_t overlooked = 0; ///< flows that the tracker had no room for
        std::uint64_t not_filed = 0;  ///< senders that the BPF programs had no room for
        std::uint64_t not_read =
            0; ///< packets that the process which reads them died of, or was not there for
    };
    /// The gaps since the last look. Both sockets have just been read empty.
    std::vector<model::CaptureGap> look(const Own& own, const Now& now);
    /// The same when nothing is logged any more.
    std::vector<model::CaptureGap> last_look(const Own& own, const Now& now);

    /// Of observation's log messages: until when they have been compared with the counter beside the rules
    /// (now, where there is none), and the last time that some may have been lost, thrown away, or not been
    /// read.
    [[nodiscard]] std::chrono::steady_clock::time_point log_compared(const Now& now) const {
        return account_.logged() ? log_sound_.steady : now.steady;
    }
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> log_lost() const { return log_lost_; }
    /// Nothing is logged any more, and nothing on its way: compares for the last time.
    void compare_last(const Own& own, const Now& now);

    /// Something was lost since the last dump, which has to be made up for from conntrack's table.
    [[nodiscard]] bool dump_is_wanted() const { return resynchronise_; }
    /// The same, and not so soon after that one that a flood keeps the collector from anything else.
    [[nodiscard]] bool dump_is_due(const Now& now) const;
    void dumped(const Now& now);
    [[nodiscard]] std::chrono::steady_clock::time_point last_dump() const { return last_dump_; }
    /// conntrack tells no ends, because it was told not to.
    void events_are_off();

    [[nodiscard]] Counters counters() const;

  private:
    /// A counter of a rule's, which anybody may reset.
    struct Resettable {
        std::uint64_t last = 0;
        std::uint64_t total = 0;
        void read(std::uint64_t now);
    };
    /// A counter of the kernel's that begins again at 0 behind 2^32.
    struct Wrapping {
        std::uint32_t last = 0;
        std::uint64_t total = 0;
        void read(std::uint32_t now);
    };

    void warn_once(bool& warned, const std::string& line) const;
    void take_forged(const ReadResult& result);
    void read_statistics();
    void read_counters(bool last);
    void date_log_losses(const Own& own, const Now& now);
    std::vector<model::CaptureGap> gaps(const Own& own, const Now& now);

    const NflogSocket& log_;
    const ConntrackEvents& events_;
    std::function<std::optional<std::uint64_t>()> logged_, untracked_, answers_left_out_;
    std::function<void(const std::string&)> warn_;
    std::uint16_t group_;

    LogAccount account_;
    std::uint64_t log_messages_ = 0, log_overruns_ = 0, foreign_ = 0, event_messages_ = 0,
                  event_overruns_ = 0, malformed_ = 0, forged_ = 0, dumps_ = 0;
    Resettable untracked_packets_, answers_not_copied_;
    Wrapping log_drops_, event_drops_, table_full_, early_dropped_, insert_failed_;
    /// Since when the kernel has dropped log messages of which nothing tells how many they were.
    std::optional<Now> drops_unexplained_since_;
    bool warned_forged_ = false, warned_foreign_ = false, warned_events_off_ = false;
    bool resynchronise_ = false;
    std::uint64_t log_losses_ = 0; ///< of all kinds, at the last look
    std::optional<std::chrono::steady_clock::time_point> log_lost_;

    std::map<model::GapReason, std::uint64_t> told_; ///< in gaps
    Now sound_;                                      ///< until then nothing is known to be lost
    Now log_sound_;                                  ///< the same of log messages, by the counter
    Now counter_read_;
    std::chrono::steady_clock::time_point last_dump_;
};

} // namespace fwlearn::collector
