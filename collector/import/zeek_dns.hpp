// One record of dns.log to the addresses that its answers gave the name that was asked for.
// Knows nothing of how the log is written. Called by import/zeek.
#pragma once

#include "zeek_conn.hpp"

namespace fwlearn::import {

struct DnsAnswer {
    model::Timestamp time;
    std::string_view name; ///< as asked for; valid as long as the row is
    std::vector<model::Address> addresses;
};

std::variant<DnsAnswer, NotOurs, NotUnderstood> read_dns(const Row& row, const Locals& locals);

} // namespace fwlearn::import
