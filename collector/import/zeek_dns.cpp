#include "zeek_dns.hpp"

#include "number.hpp"

namespace fwlearn::import {
namespace {

enum : std::uint16_t { type_a = 1, type_aaaa = 28, type_any = 255 };

/// Answers hold CNAMEs, texts and more; what parses as an address may still be the text of a TXT record.
bool may_give(std::optional<std::uint16_t> type, model::Family family) {
    if (!type || *type == type_any) {
        return true;
    }
    return *type == (family == model::Family::ipv4 ? type_a : type_aaaa);
}

} // namespace

std::variant<DnsAnswer, NotOurs, NotUnderstood> read_dns(const Row& row, const Locals& locals) {
    const auto time = parse_time(row[Column::ts].value_or(""));
    if (!time) {
        return NotUnderstood{"ts is no time from 1970 to 9999"};
    }
    const auto client = model::Address::parse(row[Column::orig_h].value_or(""));
    if (!client) {
        return NotUnderstood{"id.orig_h is no address"};
    }
    const auto type =
        row.has(Column::qtype) ? parse_integer<std::uint16_t>(*row[Column::qtype]) : std::nullopt;
    const auto code =
        row.has(Column::rcode) ? parse_integer<std::uint16_t>(*row[Column::rcode]) : std::nullopt;
    if ((row.has(Column::qtype) && !type) || (row.has(Column::rcode) && !code)) {
        return NotUnderstood{"qtype or rcode is no number"};
    }
    if (!locals.contains(client->unmapped())) {
        return NotOurs{*time};
    }
    DnsAnswer answer{*time, row[Column::query].value_or(""), {}};
    if (code.value_or(0) != 0) { // NOERROR
        return answer;
    }
    for (const auto& text : row.answers()) {
        const auto address = model::Address::parse(text);
        if (address && may_give(type, address->family())) {
            answer.addresses.push_back(*address);
        }
    }
    return answer;
}

} // namespace fwlearn::import
