// The rows of flows, flow_hours and flow_traffic: finds or adds a key's row and adds a delta to its hour.
// Knows a key's identities as row ids only. Called by Writer, within its transaction; what it remembers is
// forgotten when that is rolled back.
#pragma once

#include "identity_rows.hpp"

#include <model/flow.hpp>

#include <tsl/robin_map.h>

namespace fwlearn::sql {

class FlowRows {
  public:
    explicit FlowRows(Connection& connection);

    /// `name`: the row of the delta's name.
    void add(const model::FlowDelta& delta, BatchRows& rows, std::int64_t name);
    void forget();

  private:
    /// `key` refers to rows, not to a dictionary.
    std::int64_t row(const model::FlowKey& key);

    /// The key of this row has been seen in this hour.
    void seen(std::int64_t flow, std::int64_t hour);

    SQLite::Statement find_, add_, add_up_, add_up_traffic_, seen_;
    tsl::robin_map<model::FlowKey, std::int64_t> keys_;
    tsl::robin_map<std::int64_t, std::int64_t> last_hours_; ///< by row
};

} // namespace fwlearn::sql
