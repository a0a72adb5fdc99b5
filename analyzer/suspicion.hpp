// What of a record looks like somebody's foothold: flows of programs that nobody installed, which are left
// out unless they are asked for, and flows that stay but should be looked at. Looks at the record once, so
// that each flow's answer is quick.
// Pure: knows the host by what the record says of it. Private to this room.
#pragma once

#include <model/whitelist.hpp>

#include <tsl/robin_set.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fwlearn::analyzer {

class Suspicion {
  public:
    /// The record must live as long.
    explicit Suspicion(const model::Record& record);

    /// fwlearn's own words, printable ASCII, why the flow is left out unless somebody asks for it.
    [[nodiscard]] std::optional<std::string> reason_to_distrust(const model::FlowKey& key) const;
    /// Of a flow that stays; ascending. docs/whitelist.md says when each is given.
    [[nodiscard]] std::vector<model::FlagKind> flags_of(const model::FlowKey& key) const;

  private:
    enum class Distrust : std::uint8_t {
        no,
        in_memory,
        deleted,
        open_executable,
        open_script,
        no_script_file,
        place_unknown
    };
    struct Judgement {
        Distrust distrust = Distrust::no;
        std::vector<model::FlagKind> flags;
        bool shell_below_a_program = false; ///< which matters below a service only
    };
    /// A destination as its sender means it: by name, where he knew one.
    struct Place {
        model::Service service;
        model::NameId name = model::NameId::unknown;
        model::Address address; ///< only without a name
        auto operator<=>(const Place&) const = default;
    };
    using Beacon = std::pair<model::ProcessId, model::Destination>;

    static Place place_of(const model::FlowKey& key);
    static std::uint64_t hash_of(const Place& place);
    static std::uint64_t hash_of(const Beacon& beacon);
    // For a set of places, each of which is known by the position of a flow to it: that is a tenth of what
    // the place itself would take, and nearly every one of a million flows may be to a place of its own.
    struct PlaceHash {
        std::span<const model::Flow> flows;
        std::size_t operator()(const Place& place) const { return hash_of(place); }
        std::size_t operator()(std::uint32_t flow) const { return hash_of(place_of(flows[flow].key)); }
    };
    struct SamePlace {
        using is_transparent = void; // so that a place is looked for without a flow
        std::span<const model::Flow> flows;
        bool operator()(const Place& place, std::uint32_t flow) const {
            return place == place_of(flows[flow].key);
        }
        bool operator()(std::uint32_t flow, const Place& place) const { return (*this)(place, flow); }
        bool operator()(std::uint32_t one, std::uint32_t other) const {
            return (*this)(place_of(flows[one].key), other);
        }
    };
    using Places = tsl::robin_set<std::uint32_t, PlaceHash, SamePlace, std::allocator<std::uint32_t>, true>;

    static const char* words(Distrust distrust);
    [[nodiscard]] const model::ProgramFile* file_of(const model::ForeignText& path) const;
    [[nodiscard]] Judgement judge(const model::Process& process) const;
    [[nodiscard]] Distrust distrust_of(const model::Process& process) const;
    [[nodiscard]] bool is_upgrade(const model::Process& process) const;
    [[nodiscard]] bool may_beat(const model::FlowKey& key) const;
    [[nodiscard]] bool beats(std::span<const std::uint32_t> flows) const;
    [[nodiscard]] bool is_of_one_run(std::span<const std::uint32_t> flows) const;
    [[nodiscard]] bool has_name(const Beacon& beacon) const;
    void find_beacons();
    void find_lonely_places();

    const model::Record& record_;
    std::vector<Judgement> processes_;       ///< by number
    std::vector<model::Address> configured_; ///< that settings of the host name; ascending
    std::vector<Beacon> beacons_;            ///< ascending
    Places lonely_;                          ///< where one process alone was, in one run
};

} // namespace fwlearn::analyzer
