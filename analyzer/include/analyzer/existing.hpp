// What a packet filter that is there already does with what this host sends, so far as its rules are
// understood: three answers, since what is not understood is not guessed. Pure: no I/O, no clock. Called by
// cli.
#pragma once

#include <model/record.hpp>
#include <model/ruleset.hpp>
#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// The first packet of a flow, in conntrack's state `new`, that does not leave through loopback.
struct OutgoingPacket {
    model::SocketOwner owner;
    model::Destination destination;
    model::ForeignText interface; ///< empty: not known
};

enum class Fate : std::uint8_t { accepted, denied, cannot_tell };

struct Judgement {
    Fate fate = Fate::accepted;
    model::ForeignText by; ///< of a packet that is denied: which rule, or which chain's policy
};

class ExistingFirewall {
  public:
    /// The ruleset must outlive it.
    explicit ExistingFirewall(const model::Ruleset& ruleset);
    ~ExistingFirewall();
    ExistingFirewall(const ExistingFirewall&) = delete;
    ExistingFirewall& operator=(const ExistingFirewall&) = delete;

    [[nodiscard]] Judgement judge(const OutgoingPacket& packet) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The observed flows that it does not let out whatever a whitelist says, added up by rule, task, program and
/// destination; the most flows first.
model::ExistingDenials existing_denials(const model::Record& record, const model::Ruleset& ruleset);

} // namespace fwlearn::analyzer
