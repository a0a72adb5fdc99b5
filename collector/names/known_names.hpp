// Which names this host's processes know addresses by, at this moment: what each asked for, for as long as it
// may remember the answer. Decides which of several names a new flow meant. Bounded, and nobody who asks
// without end makes others' names forgotten. Pure. Used by names.
#pragma once

#include "collector/fair_share.hpp"
#include "collector/now.hpp"
#include "dns_message.hpp"

#include <model/record.hpp>

#include <algorithm>
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
    /// `capacity`: how many addresses of how many parties are kept; beyond it the oldest are forgotten. Half
    /// of it is for the first ones that each user has learned, up to a 32nd.
    explicit KnownNames(std::size_t capacity = 1U << 17U)
        : generation_(capacity / 4), first_ones_(std::max<std::size_t>(capacity / 32, 1)) {}

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

    /// What is learned goes into the young generation; when that is full it becomes the old one, and the old
    /// one is forgotten.
    struct Shelf {
        Generation young, old;
        std::chrono::steady_clock::time_point begun{}; ///< the young one
    };

    Shelf& shelf_for(const Key& key, std::uint64_t owner, const Now& now);
    void turn(Shelf& shelf, const Now& now);
    void hold(const Key& key, const Held& held, std::uint64_t owner, const Now& now);
    [[nodiscard]] bool unknown_asked_after(const Held& own, const Party& who, const model::Address& address,
                                           const Now& now) const;
    [[nodiscard]] bool empty() const;
    [[nodiscard]] std::vector<Held> living(const Key& key, const Now& now) const;
    static std::array<std::optional<Key>, 3> keys_of(const Party& who, const model::Address& address);

    std::size_t generation_;
    std::uint64_t forgotten_ = 0;
    FirstOnes first_ones_; ///< of the young ones in `first_`
    Shelf first_, more_;
};

} // namespace fwlearn::collector::names
