// The rows of names and name_bindings: which name an address was reached by, and on whose evidence.
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
    void forget() { names_.clear(); }

  private:
    SQLite::Statement find_, add_, add_up_;
    std::unordered_map<model::ForeignText, std::int64_t> names_;
};

} // namespace fwlearn::sql
