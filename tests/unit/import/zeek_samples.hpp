// Zeek logs as the tests put them together: the header that Zeek writes, and the columns of a record.
// Knows nothing of what is expected of them. Included by the zeek tests.
#pragma once

#include <import/zeek.hpp>

#include <string>
#include <string_view>

namespace fwlearn::import::samples {

/// Blanks become tabs, so that a sample can be read.
inline std::string tabs(std::string_view text) {
    std::string out(text);
    for (auto& character : out) {
        character = character == ' ' ? '\t' : character;
    }
    return out;
}

inline const std::string conn_header =
    "#separator \\x09\n" +
    tabs(
        "#set_separator ,\n#empty_field (empty)\n#unset_field -\n#path conn\n#open 2026-11-23-07-00-00\n"
        "#fields ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes "
        "conn_state local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts "
        "resp_ip_bytes "
        "tunnel_parents ip_proto\n"
        "#types time string addr port addr port enum string interval count count string bool bool count "
        "string "
        "count count count count set[string] count\n");

inline const std::string dns_header =
    "#separator \\x09\n" +
    tabs("#set_separator ,\n#empty_field (empty)\n#unset_field -\n#path dns\n#open 2026-11-23-07-00-00\n"
         "#fields ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name "
         "qtype "
         "qtype_name rcode rcode_name AA TC RD RA Z answers TTLs rejected\n"
         "#types time string addr port addr port enum count interval string count string count string count "
         "string bool bool bool bool count vector[string] vector[interval] bool\n");

inline Locals here() {
    return Locals({*model::Prefix::parse("192.0.2.10"), *model::Prefix::parse("2001:db8::10")});
}

inline Imported read(std::string_view text, const Locals& locals = here()) {
    MemoryLines lines(text);
    return read_zeek(lines, model::ForeignText("conn.log"), locals);
}

inline model::Timestamp at(std::string_view text) {
    return model::parse_rfc3339(text).value();
}

inline model::FlowKey key_of(model::Service service, std::string_view address) {
    model::FlowKey key;
    key.destination = {service, model::Address::parse(address).value()};
    return key;
}

} // namespace fwlearn::import::samples
