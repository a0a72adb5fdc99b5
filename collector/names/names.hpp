// Names put together: from what packets say of names to what is known of addresses.
// Tells the observer by which name a new flow's sender knows its destination, and keeps the evidence until
// that is stored. Knows no socket and reads no clock. Used by the observer.
#pragma once

#include "../reading/heard.hpp"
#include "collector/flow_tracker.hpp"
#include "exchanges.hpp"
#include "known_names.hpp"

#include <functional>
#include <set>

namespace fwlearn::collector::names {

class Names {
  public:
    /// Who sends `flow` through a socket of `owner`'s, or sent it then.
    using Moment = std::optional<std::chrono::steady_clock::time_point>;
    using Identify =
        std::function<LivingSender(const Tuple& flow, const model::SocketOwner& owner, Moment then)>;

    using Process = std::function<const model::Process&(model::ProcessId)>;

    /// The name servers that the host is configured to use. What others answer counts for those alone who
    /// asked them.
    void use_resolvers(std::set<model::Address> resolvers) { resolvers_ = std::move(resolvers); }

    /// Takes in what a packet said, which went through a socket of `owner`'s and came in at `arrived`.
    void take(const reading::Heard& heard, const model::SocketOwner& owner, Moment arrived,
              const Identify& identify, const Process& process, const Now& now);

    [[nodiscard]] std::optional<KnownNames::Found>
    name_of(const LivingSender& sender, const model::Address& address, const Now& now) const {
        return known_.find({sender.actor, sender.owner}, address, now);
    }
    /// How the sender knows this name for the address, where it does.
    [[nodiscard]] std::optional<model::BindingSource> knows(const LivingSender& sender,
                                                            const model::Address& address,
                                                            const std::string& name, const Now& now) const {
        return known_.knows({sender.actor, sender.owner}, address, name, now);
    }

    /// What clients said of their flows since the last call.
    std::vector<reading::Said> take_said() { return std::exchange(said_, {}); }
    /// The evidence since the last call: who learned which name of which address from where.
    std::vector<model::NameBinding> take_bindings() { return std::exchange(bindings_, {}); }

    /// Named counts since the start.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;

  private:
    void take_answer(const reading::Answered& answer, Moment arrived, const Identify& identify,
                     const Process& process, const Now& now);
    void bind(const model::Address& address, const std::string& name, model::ProcessId process,
              model::BindingSource source, const Resolved& answer, const Now& now);

    std::set<model::Address> resolvers_;
    Exchanges exchanges_;
    KnownNames known_;
    std::vector<reading::Said> said_;
    std::vector<model::NameBinding> bindings_; ///< each of one sighting; the aggregator adds them up
    std::uint64_t answers_ = 0, unasked_ = 0, unconfigured_ = 0, said_total_ = 0;
};

} // namespace fwlearn::collector::names
