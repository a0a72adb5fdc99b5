#include "dns_message.hpp"

#include "../network_order.hpp"

#include <model/host_name.hpp>

#include <arpa/nameser.h>
#include <resolv.h>

#include <algorithm>
#include <array>

namespace fwlearn::collector::names {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// A name in the form of libc, which writes what is no letter, digit or hyphen as an escape (ns_name_ntop in
/// resolv/ns_name.c of glibc): host_name() refuses those, so a dot within a label is never taken for one
/// between two.
std::string host_or_empty(const char* text) {
    return model::host_name(text).value_or(std::string());
}

/// Whether the name is put together in a few steps. Whoever writes it chooses how often one piece points to
/// the next (RFC 1035 4.1.4), and libc follows 32,000 pointers of one name, of each that ends in the same
/// pieces anew: a message of 64 KiB took a sixth of a second.
bool is_soon_told(const ns_msg& message, const std::uint8_t* name) {
    constexpr unsigned most_pointers =
        16; // whoever compresses to the utmost needs one for each label but the last
    constexpr std::uint8_t pointer = 0xc0;
    const Bytes bytes(ns_msg_base(message), ns_msg_end(message));
    auto at = static_cast<std::size_t>(name - ns_msg_base(message));
    std::size_t length = 0;
    unsigned pointers = 0;
    while (at < bytes.size() && length < NS_MAXCDNAME) {
        const auto octet = bytes[at];
        if (octet == 0) {
            return true;
        }
        if ((octet & pointer) != pointer) {
            length += std::size_t{1} + octet; // the other two kinds libc refuses
            at += std::size_t{1} + octet;
        } else if (at + 1 < bytes.size() && ++pointers <= most_pointers) {
            at = read_number<std::uint16_t>(bytes, at) & 0x3fffU;
        } else {
            return false;
        }
    }
    return false;
}

/// Where the next record begins; the message has been read over once (ns_initparse()), so it is there.
const std::uint8_t* record_after(const ns_msg& message, const std::uint8_t* record) {
    const auto* const end = ns_msg_end(message);
    const int name = dn_skipname(record, end);
    const auto* const fixed = record + std::max(name, 0);
    constexpr std::ptrdiff_t fixed_length = 10; // type, class, TTL, length of the data
    if (name < 0 || end - fixed < fixed_length) {
        return end;
    }
    const auto data = read_number<std::uint16_t>(Bytes(fixed, end), fixed_length - 2);
    return end - fixed < fixed_length + data ? end : fixed + fixed_length + data;
}

/// A name that stands in a record's data. `length` is how much of the data it takes; 0 when it is malformed.
std::string name_in(const ns_msg& message, const std::uint8_t* at, int& length) {
    std::array<char, NS_MAXDNAME> text{};
    length = !is_soon_told(message, at) ? 0
                                        : ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), at,
                                                             text.data(), text.size());
    if (length <= 0) {
        length = 0;
        return {};
    }
    return host_or_empty(text.data());
}

template <std::size_t Size>
void add_addresses(Bytes bytes, std::vector<model::Address>& addresses) {
    for (; bytes.size() >= Size; bytes = bytes.subspan(Size)) {
        if constexpr (Size == 4) {
            addresses.push_back(model::Address::v4(bytes.first<Size>()));
        } else {
            addresses.push_back(model::Address::v6(bytes.first<Size>()).unmapped());
        }
    }
}

/// SvcParams (RFC 9460 2.2): pairs of key and value, of which two are hints of addresses.
void add_hints(Bytes parameters, std::vector<model::Address>& addresses) {
    constexpr std::size_t ipv4_hint = 4;
    constexpr std::size_t ipv6_hint = 6;
    while (parameters.size() >= 4) {
        const auto key = read_number<std::uint16_t>(parameters, 0);
        const auto length = read_number<std::uint16_t>(parameters, 2);
        parameters = parameters.subspan(4);
        if (length > parameters.size()) {
            return;
        }
        if (key == ipv4_hint) {
            add_addresses<4>(parameters.first(length), addresses);
        } else if (key == ipv6_hint) {
            add_addresses<16>(parameters.first(length), addresses);
        }
        parameters = parameters.subspan(length);
    }
}

/// Fills in what the record's data says; false when it is none of ours or malformed.
bool read_data(const ns_msg& message, const ns_rr& record, DnsRecord& result) {
    const Bytes data(ns_rr_rdata(record), ns_rr_rdlen(record));
    int length = 0;
    switch (result.type) {
    case dns_type::a:
        add_addresses<4>(data, result.addresses);
        return data.size() == 4;
    case dns_type::aaaa:
        add_addresses<16>(data, result.addresses);
        return data.size() == 16;
    case dns_type::cname:
        result.target = name_in(message, data.data(), length);
        return !result.target.empty() && static_cast<std::size_t>(length) == data.size();
    case dns_type::svcb:
    case dns_type::https: {
        if (data.size() < 3) {
            return false;
        }
        // RFC 9460 2.2: a priority of two octets, a name that is not compressed, and the parameters.
        result.target = name_in(message, data.data() + 2, length);
        const auto used = 2 + static_cast<std::size_t>(length);
        if (length == 0 || used > data.size()) {
            return false;
        }
        if (read_number<std::uint16_t>(data, 0) != 0) { // RFC 9460 2.4.2: an alias has no parameters
            add_hints(data.subspan(used), result.addresses);
        }
        return true;
    }
    default:
        return false;
    }
}

/// `_8443._https.example.org` asks about example.org.
std::string without_service_labels(const DnsQuestion& question) {
    std::string_view name = question.name;
    if (question.type == dns_type::svcb || question.type == dns_type::https) {
        while (name.starts_with('_') && name.find('.') != std::string_view::npos) {
            name.remove_prefix(name.find('.') + 1);
        }
    }
    return std::string(name);
}

} // namespace

std::optional<DnsMessage> decode_dns(Bytes bytes) {
    constexpr std::size_t largest = 65535;
    ns_msg message{};
    if (bytes.size() > largest || ns_initparse(bytes.data(), static_cast<int>(bytes.size()), &message) != 0 ||
        ns_msg_count(message, ns_s_qd) != 1) {
        return std::nullopt;
    }
    ns_rr record{};
    if (!is_soon_told(message, message._sections[ns_s_qd]) ||
        ns_parserr(&message, ns_s_qd, 0, &record) != 0 || ns_rr_class(record) != ns_c_in) {
        return std::nullopt;
    }
    DnsMessage result;
    result.id = ns_msg_id(message);
    result.response = ns_msg_getflag(message, ns_f_qr) != 0;
    result.truncated = ns_msg_getflag(message, ns_f_tc) != 0;
    result.rcode = static_cast<std::uint8_t>(ns_msg_getflag(message, ns_f_rcode));
    result.question = {host_or_empty(ns_rr_name(record)), static_cast<std::uint16_t>(ns_rr_type(record))};
    if (result.question.name.empty()) {
        return std::nullopt;
    }
    // Of ordinary answers none has so many. What is beyond is not looked at.
    constexpr int most_records = 256;
    const int count = std::min<int>(ns_msg_count(message, ns_s_an), most_records);
    const auto* begin = message._sections[ns_s_an];
    for (int index = 0; index < count; ++index, begin = record_after(message, begin)) {
        if (!is_soon_told(message, begin) || ns_parserr(&message, ns_s_an, index, &record) != 0) {
            return std::nullopt;
        }
        DnsRecord answer{host_or_empty(ns_rr_name(record)),
                         static_cast<std::uint16_t>(ns_rr_type(record)),
                         static_cast<std::uint32_t>(ns_rr_ttl(record)),
                         {},
                         {}};
        if (ns_rr_class(record) == ns_c_in && !answer.owner.empty() && read_data(message, record, answer)) {
            result.answers.push_back(std::move(answer));
        }
    }
    return result;
}

Resolved resolved_by(const DnsMessage& response) {
    constexpr std::size_t longest_chain = 16;
    // One message has room for 16000. Each is compared with all before it, and takes places of names that are
    // known.
    constexpr std::size_t most_addresses = 128;
    constexpr std::uint32_t longest_ttl = 0x7fffffff; // RFC 2181 8: with the highest bit set it is 0
    Resolved result{without_service_labels(response.question), {}, {}, longest_ttl};
    result.canonical = result.name;
    if (!response.response || response.truncated || response.rcode != 0) {
        return result;
    }
    // The question's own name comes first, with the labels that are not the host's.
    std::vector<std::string> chain{response.question.name};
    if (result.name != response.question.name) {
        chain.push_back(result.name);
    }
    for (std::size_t step = 0; step < chain.size(); ++step) {
        for (const auto& record : response.answers) {
            if (record.owner != chain[step]) {
                continue;
            }
            result.ttl = std::min(result.ttl, record.ttl > longest_ttl ? 0 : record.ttl);
            for (const auto& address : record.addresses) {
                if (result.addresses.size() < most_addresses &&
                    std::find(result.addresses.begin(), result.addresses.end(), address) ==
                        result.addresses.end()) {
                    result.addresses.push_back(address);
                }
            }
            if (!record.target.empty() && chain.size() < longest_chain &&
                std::find(chain.begin(), chain.end(), record.target) == chain.end()) {
                chain.push_back(record.target);
            }
        }
    }
    result.canonical = chain.size() > 1 ? chain.back() : result.name;
    return result;
}

} // namespace fwlearn::collector::names
