#include "dns_message.hpp"

#include "../network_order.hpp"
#include "dns_budget.hpp"

#include <model/host_name.hpp>

#include <arpa/nameser.h>

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

/// A message, and what may still be unpacked of it.
struct Readable {
    Bytes bytes;
    DnsBudget budget;
    bool sound = true; ///< false: a name in it is none, or would take more than there is
};

/// A name that stands in a record's data. `length` is how much of the data it takes; 0 when it is malformed.
std::string name_in(Readable& message, const std::uint8_t* at, int& length) {
    const auto& bytes = message.bytes;
    length = 0;
    if (!message.budget.name(bytes, static_cast<std::size_t>(at - bytes.data()))) {
        message.sound = false;
        return {};
    }
    std::array<char, NS_MAXDNAME> text{};
    length = ns_name_uncompress(bytes.data(), bytes.data() + bytes.size(), at, text.data(), text.size());
    if (length <= 0) {
        length = 0;
        return {};
    }
    return host_or_empty(text.data());
}

template <std::size_t Size>
void add_addresses(Bytes bytes, std::vector<model::Address>& addresses) {
    for (; bytes.size() >= Size && addresses.size() < most_addresses; bytes = bytes.subspan(Size)) {
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
bool read_data(Readable& message, const ns_rr& record, DnsRecord& result) {
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

/// Whether records that answer it may be of hosts. Of what a name server hands to another one (AXFR, RFC
/// 5936) a message has thousands, and none of them is looked at.
bool is_about_hosts(std::uint16_t type) {
    constexpr std::uint16_t any = 255; // RFC 1035 3.2.3
    return type == dns_type::a || type == dns_type::aaaa || type == dns_type::cname ||
           type == dns_type::svcb || type == dns_type::https || type == any;
}

/// The records from the octet `at` on; false when something in them is malformed, or there is too much.
bool read_answers(ns_msg& parsed, Readable& message, std::size_t at, std::vector<DnsRecord>& answers) {
    const std::size_t count = ns_msg_count(parsed, ns_s_an);
    if (count > DnsBudget::most_records) {
        return false;
    }
    ns_rr record{};
    for (std::size_t index = 0; index < count; ++index) {
        if (!message.budget.name(message.bytes, at) ||
            ns_parserr(&parsed, ns_s_an, static_cast<int>(index), &record) != 0) {
            return false;
        }
        at = static_cast<std::size_t>(ns_rr_rdata(record) + ns_rr_rdlen(record) - message.bytes.data());
        DnsRecord answer{host_or_empty(ns_rr_name(record)),
                         static_cast<std::uint16_t>(ns_rr_type(record)),
                         static_cast<std::uint32_t>(ns_rr_ttl(record)),
                         {},
                         {}};
        if (ns_rr_class(record) == ns_c_in && !answer.owner.empty() && read_data(message, record, answer)) {
            answers.push_back(std::move(answer));
        }
        if (!message.sound) {
            return false;
        }
    }
    return true;
}

} // namespace

std::optional<DnsMessage> decode_dns(Bytes bytes) {
    constexpr std::size_t largest = 65535;
    ns_msg parsed{};
    if (bytes.size() > largest || ns_initparse(bytes.data(), static_cast<int>(bytes.size()), &parsed) != 0 ||
        ns_msg_count(parsed, ns_s_qd) != 1) {
        return std::nullopt;
    }
    Readable message{bytes, {}};
    const auto name_octets = message.budget.name(bytes, NS_HFIXEDSZ);
    ns_rr record{};
    if (!name_octets || ns_parserr(&parsed, ns_s_qd, 0, &record) != 0 || ns_rr_class(record) != ns_c_in) {
        return std::nullopt;
    }
    DnsMessage result;
    result.id = ns_msg_id(parsed);
    result.response = ns_msg_getflag(parsed, ns_f_qr) != 0;
    result.truncated = ns_msg_getflag(parsed, ns_f_tc) != 0;
    result.rcode = static_cast<std::uint8_t>(ns_msg_getflag(parsed, ns_f_rcode));
    result.question = {host_or_empty(ns_rr_name(record)), static_cast<std::uint16_t>(ns_rr_type(record))};
    if (result.question.name.empty()) {
        return std::nullopt;
    }
    const auto answers_at = NS_HFIXEDSZ + *name_octets + NS_QFIXEDSZ;
    if (is_about_hosts(result.question.type) && !read_answers(parsed, message, answers_at, result.answers)) {
        return std::nullopt;
    }
    return result;
}

Resolved resolved_by(const DnsMessage& response) {
    constexpr std::size_t longest_chain = 16;
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
