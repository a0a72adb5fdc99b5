// Adds records up while they are read: flows by key and hour, names by address and name, and the account of
// lines. Knows nothing of formats. Filled by the readers of Zeek logs and of JSON Lines.
#pragma once

#include "import/imported.hpp"
#include "import/line_source.hpp"

#include <tsl/robin_map.h>

#include <string_view>

namespace fwlearn::import {

class Accumulator {
  public:
    Accumulator(model::ForeignText name, model::ObservationSource source);

    void line() { ++imported_.lines; }
    void skip() { ++imported_.skipped; }
    /// `why` is fwlearn's own words and printable.
    void bad(const Line& line, std::string_view why);
    /// A moment of which the file tells, whether or not the line became a flow.
    void saw(model::Timestamp time);

    void add(const model::FlowKey& key, const model::FlowCounts& counts);
    /// The name in any case and with or without its final dot; one that is no DNS name binds nothing.
    void bind(const model::Address& address, std::string_view name, const model::NameBinding& evidence);

    model::Identities& identities() { return imported_.identities; }
    [[nodiscard]] std::uint64_t understood() const { return imported_.lines - imported_.bad; }
    /// "FILE", as complaints call it.
    [[nodiscard]] const std::string& name() const { return name_; }

    /// All of it, sorted; throws model::UsageError when no line was understood.
    Imported finish();

  private:
    struct FlowRow {
        model::FlowKey key;
        model::Hour hour;
        bool operator==(const FlowRow&) const = default;
    };
    struct NameRow {
        model::Address address;
        model::ForeignText name;
        model::ProcessId process = model::ProcessId::unknown;
        model::BindingSource source = model::BindingSource::dns_host;
        bool operator==(const NameRow&) const = default;
    };
    struct Hash {
        std::size_t operator()(const FlowRow& row) const noexcept;
        std::size_t operator()(const NameRow& row) const noexcept;
    };
    void refuse_more() const;

    std::string name_;
    Imported imported_;
    tsl::robin_map<FlowRow, model::FlowCounts, Hash> flows_;
    tsl::robin_map<NameRow, model::NameBinding, Hash> names_;
    model::Timestamp earliest_ = model::Timestamp::max();
    model::Timestamp latest_ = model::Timestamp::min();
};

} // namespace fwlearn::import
