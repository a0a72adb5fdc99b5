// What packets that were copied for the names in them say: questions and answers of DNS, and the names by
// which clients call servers. Plain data; nobody has checked yet who sent it, or whether it was asked for.
// Given by the name reader, taken in by names.
#pragma once

#include "../names/dns_message.hpp"
#include "collector/tuple.hpp"

#include <model/record.hpp>

#include <variant>

namespace fwlearn::collector::reading {

/// A question left this host. The flow is that of the side that asks, in all three.
struct Asked {
    Tuple flow;
    std::uint16_t id = 0;
    names::DnsQuestion question;

    bool operator==(const Asked&) const = default;
};

/// An answer came in.
struct Answered {
    Tuple flow;
    std::uint16_t id = 0;
    names::DnsQuestion question;
    names::Resolved resolved;

    bool operator==(const Answered&) const = default;
};

/// The beginning of a connection says which server its client wants.
struct Said {
    Tuple flow;
    std::string name;                                            ///< as model::host_name() gives it
    model::BindingSource source = model::BindingSource::tls_sni; ///< this, or http_host

    bool operator==(const Said&) const = default;
};

using Heard = std::variant<Asked, Answered, Said>;

} // namespace fwlearn::collector::reading
