// The rows of names, name_bindings and configured: which name an address was reached by, on whose evidence,
// and what the host's settings name.
// Knows nothing of flows. Called by Writer, within its transaction; what it remembers is forgotten when that
// is rolled back.
#pragma once

#include "identity_rows.hpp"

#include <model/record.hpp>

#include <unordered_map>

namespace fwlearn::sql {

class NameRows {
  public:
    explicit NameRows(Connection& connection);

    void add(const model::NameBinding& binding, BatchRows& rows);
    std::int64_t row(const model::ForeignText& name);
    /// In the place of what was there.
    void replace(const std::vector<model::Configured>& configured);
    void forget() { names_.clear(); }

  private:
    SQLite::Statement find_, add_, add_up_, clear_configured_, add_configured_;
    std::unordered_map<model::ForeignText, std::int64_t> names_;
};

} // namespace fwlearn::sql
