// One record of a Zeek log, whichever way it was written: the columns that fwlearn reads, by name.
// Knows nothing of what they mean. Filled by zeek_tsv and zeek_json, read by zeek_conn and zeek_dns.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fwlearn::import {

/// In the order of their names in zeek_row.cpp.
enum class Column : std::size_t {
    path, ///< only JSON that is streamed has it, as "_path"
    ts,
    orig_h,
    orig_p,
    resp_h,
    resp_p,
    proto,
    ip_proto,
    duration,
    orig_bytes,
    resp_bytes,
    conn_state,
    local_orig,
    history,
    orig_pkts,
    orig_ip_bytes,
    resp_pkts,
    resp_ip_bytes,
    query,
    qtype,
    rcode,
    answers,
};
inline constexpr std::size_t columns = static_cast<std::size_t>(Column::answers) + 1;

std::optional<Column> column_of(std::string_view name);

class Row {
  public:
    void clear();
    void set(Column column, std::string_view text);
    void add_answer(std::string_view text);

    /// Nothing where the log says that the value is unset, or has no such column.
    [[nodiscard]] std::optional<std::string_view> operator[](Column column) const;
    [[nodiscard]] bool has(Column column) const { return is_set_[static_cast<std::size_t>(column)]; }
    [[nodiscard]] const std::vector<std::string>& answers() const { return answers_; }

  private:
    std::array<std::string, columns> texts_; ///< kept from row to row, for their memory
    std::bitset<columns> is_set_;
    std::vector<std::string> answers_;
};

} // namespace fwlearn::import
