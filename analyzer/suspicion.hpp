// What of a record looks like somebody's foothold: flows of programs that nobody installed, which are left
// out unless they are asked for, and flows that stay but should be looked at. Looks at the record once, so
// that each flow's answer is quick.
// Pure: knows the host by what the record says of it. Private to this room.
#pragma once

#include <model/whitelist.hpp>

#include <tsl/robin_map.h>

#include <optional>
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
        bool operator==(const Place&) const = default;
    };
    struct PlaceHash {
        std::size_t operator()(const Place& place) const noexcept;
    };
    struct Visits {
        model::ProcessId process = model::ProcessId::unknown;
        bool by_several = false;
        model::Hour first = model::Hour::max();
        model::Hour last = model::Hour::min();
    };
    using Beacon = std::pair<model::ProcessId, model::Destination>;

    static Place place_of(const model::FlowKey& key);
    static const char* words(Distrust distrust);
    [[nodiscard]] const model::ProgramFile* file_of(const model::ForeignText& path) const;
    [[nodiscard]] Judgement judge(const model::Process& process) const;
    [[nodiscard]] Distrust distrust_of(const model::Process& process) const;
    [[nodiscard]] bool is_upgrade(const model::Process& process) const;
    [[nodiscard]] bool may_beat(const model::FlowKey& key) const;
    [[nodiscard]] bool has_name(const Beacon& beacon) const;
    void find_beacons();
    void find_visits();

    const model::Record& record_;
    std::vector<Judgement> processes_;       ///< by number
    std::vector<model::Address> configured_; ///< that settings of the host name; ascending
    std::vector<Beacon> beacons_;            ///< ascending
    tsl::robin_map<Place, Visits, PlaceHash> visits_;
    bool tells_days_apart_ = false; ///< the record has more than one
};

} // namespace fwlearn::analyzer
