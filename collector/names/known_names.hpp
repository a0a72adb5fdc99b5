// Which names this host's processes know addresses by, at this moment: what each asked for, for as long as it
// may remember the answer. Decides which of several names a new flow meant. Bounded; pure. Used by names.
#pragma once

#include "collector/now.hpp"
#include "dns_message.hpp"

#include <model/record.hpp>

#include <array>
#include <unordered_map>
#include <utility>

namespace fwlearn::collector::names {

/// Whoever asks for a name, or sends.
struct Party {
    std::uint64_t actor = 0; ///< the living process, not its identity; 0: not known
    model::SocketOwner owner;
};

/// How far an answer reaches.
enum class Reach : std::uint8_t {
    process, ///< the one that asked: its resolver is its own choice
    user,    ///< every process of the user that asked
    host,    ///< all: a system user asked a resolver that the host is configured to use
};

class KnownNames {
  public:
    /// `capacity`: how many addresses of how many parties are kept; beyond it the oldest are forgotten.
    explicit KnownNames(std::size_t capacity = 1U << 17U) : half_(capacity / 2) {}

    void learn(const Party& who, Reach reach, const Resolved& answer, const Now& now);

    struct Found {
        std::string name;
        model::BindingSource source = model::BindingSource::dns_host;
        bool only = true; ///< no other name was known for this address
    };
    /// The name by which `who` knows the address. What it asked itself comes first, and of several names
    /// that which it asked for last; then what its user's other processes asked for, and then the host's,
    /// where there is one name only. Nothing where the user's process that asked last is not known: it may be
    /// this one.
    [[nodiscard]] std::optional<Found> find(const Party& who, const model::Address& address,
                                            const Now& now) const;
    /// How `who` knows this name for the address; nothing where it does not.
    [[nodiscard]] std::optional<model::BindingSource> knows(const Party& who, const model::Address& address,
                                                            const std::string& name, const Now& now) const;

    /// Addresses that were forgotten to make room, at least so many.
    [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

  private:
    struct Key {
        Reach reach;
        std::uint64_t party;
        model::Address address;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };
    struct Held {
        std::string name;
        std::chrono::steady_clock::time_point answered;
        std::chrono::steady_clock::time_point until;
        bool asked_by_unknown = false; ///< which of the user's processes is not known
    };
    using Generation = std::unordered_map<Key, std::vector<Held>, KeyHash>;

    void hold(const Key& key, const Held& held);
    [[nodiscard]] bool unknown_asked_after(const Held& own, const Party& who, const model::Address& address,
                                           const Now& now) const;
    [[nodiscard]] std::vector<Held> living(const Key& key, const Now& now) const;
    static std::array<std::optional<Key>, 3> keys_of(const Party& who, const model::Address& address);

    std::size_t half_;
    std::uint64_t forgotten_ = 0;
    Generation young_, old_;
};

} // namespace fwlearn::collector::names
