// Who is told of one by one, and of whom no more for now: so that one sender's findings, however many he
// makes, keep nobody else's from being told. Knows nothing of how findings are told, and reads no clock.
// Private to this room; used by audit.
#pragma once

#include <analyzer/audit.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <unordered_set>

namespace fwlearn::cli {

/// Who shares a bound: a user; of root's a unit; users without a name all together, since whoever has
/// subordinate ids (subuid(5)) is tens of thousands of them.
struct FindingSender {
    enum class Kind : std::uint8_t { user, users_without_name, kernel, unknown, others };
    Kind kind = Kind::unknown;
    std::uint32_t uid = 0;   ///< of a user
    model::ForeignText user; ///< his name
    model::ForeignText unit; ///< of root's; empty: it is in none

    auto operator<=>(const FindingSender&) const = default;
};

FindingSender sender_of(const analyzer::Finding& finding, const model::Identities& identities);

/// Findings of one sender that were counted, and not told one by one.
struct FoldedFindings {
    FindingSender sender;
    std::uint64_t findings = 0;
    std::uint64_t denied = 0; ///< of these
    std::uint64_t flows = 0;
    std::uint64_t packets = 0;
    model::Timestamp since; ///< an audit from then on has them all
    model::Timestamp last_seen;
};

class FindingLimit {
  public:
    struct Bounds {
        std::size_t one_by_one = 50; ///< of each sender, within
        std::chrono::milliseconds window = std::chrono::hours(1);
        std::size_t senders = 1024; ///< within a window; those that come later share one bound
        std::size_t known = 65'536; ///< findings, of all senders
    };
    enum class Answer : std::uint8_t { known, alone, folded };
    struct Taken {
        Answer answer = Answer::known;
        std::size_t place = 0; ///< of those that are told alone: how many of the same sender came before
    };

    FindingLimit() : FindingLimit(Bounds{}) {}
    explicit FindingLimit(const Bounds& bounds) : bounds_(bounds) {}

    /// `now` never goes back. Where a window has ended by then: what is still to be told of it.
    std::vector<FoldedFindings> begin_round(std::chrono::milliseconds now);

    /// Whether it is told alone, or counted; nothing where it was taken before. `once`: it comes but once,
    /// and need not be remembered.
    Taken take(const analyzer::Finding& finding, const model::Identities& identities, bool once);

    /// Of senders that went over their bound since the last call: what was counted until now, so that it is
    /// known at once. What comes after is told when the window ends.
    std::vector<FoldedFindings> news();

    /// What was counted, and not told yet.
    std::vector<FoldedFindings> rest();
    [[nodiscard]] bool has_rest() const;

  private:
    struct Account {
        std::size_t alone = 0;
        bool announced = false;
        FoldedFindings folded;
    };
    /// Ascending by when they came.
    struct Known {
        std::deque<std::string> order;
        std::unordered_set<std::string> all;
    };

    Account& account_of(const FindingSender& sender);
    bool is_new(const FindingSender& sender, std::string fingerprint);
    void forget_one();
    std::vector<FoldedFindings> tell(bool only_news);

    Bounds bounds_;
    std::chrono::milliseconds now_{};
    std::optional<std::chrono::milliseconds> ends_; ///< of the window, once somebody was found in it
    std::map<FindingSender, Account> accounts_;     ///< of the window
    std::map<FindingSender, Known> known_;
    std::size_t known_count_ = 0;
};

} // namespace fwlearn::cli
