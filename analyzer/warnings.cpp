#include "warnings.hpp"

#include "public_resolvers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

constexpr std::uint16_t dns_port = 53;
constexpr std::uint16_t dns_over_tls_port = 853; // RFC 7858, RFC 9250
constexpr std::uint16_t https_port = 443;

/// "a, b and 3 more"
std::string some_of(const std::vector<std::string>& words) {
    constexpr std::size_t shown = 3;
    std::string text;
    for (std::size_t index = 0; index < std::min(shown, words.size()); ++index) {
        text += (index == 0 ? "" : ", ") + words[index];
    }
    return words.size() > shown ? text + fmt::format(" and {} more", words.size() - shown) : text;
}

bool asks_for(const model::Rule& rule, std::uint16_t port) {
    return (rule.protocol == model::protocol::tcp || rule.protocol == model::protocol::udp) &&
           std::any_of(rule.details.begin(), rule.details.end(),
                       [port](const auto& range) { return range.contains(port); });
}

template <typename Unwanted>
std::vector<std::string> those(const std::vector<model::Address>& addresses, const Unwanted& unwanted) {
    std::vector<std::string> found;
    for (const auto& address : addresses) {
        if (unwanted(address)) {
            found.push_back(address.to_string());
        }
    }
    return found;
}

void add_dns_warnings(const model::Record& record, const model::Rule& rule,
                      const std::vector<model::Address>& addresses, std::vector<std::string>& warnings) {
    const bool resolvers_known =
        std::any_of(record.configured.begin(), record.configured.end(), [](const auto& setting) {
            return setting.kind == model::ConfiguredKind::resolver && setting.address;
        });
    const auto is_configured = [&record](const model::Address& address) {
        return std::any_of(
            record.configured.begin(), record.configured.end(), [&address](const auto& setting) {
                return setting.kind == model::ConfiguredKind::resolver && setting.address == address;
            });
    };
    if (asks_for(rule, dns_port) && resolvers_known) {
        const auto others =
            those(addresses, [&is_configured](const auto& address) { return !is_configured(address); });
        if (!others.empty()) {
            warnings.push_back(fmt::format("DNS to {}, which this host is not configured to use: data can "
                                           "leave in questions, and nobody vouches for the answers",
                                           some_of(others)));
        }
    }
    if (asks_for(rule, dns_over_tls_port)) {
        const auto others =
            those(addresses, [&is_configured](const auto& address) { return !is_configured(address); });
        if (!others.empty()) {
            warnings.push_back(
                fmt::format("DNS over TLS or QUIC to {}: the names that are asked for there are not seen",
                            some_of(others)));
        }
    }
    if (asks_for(rule, https_port)) {
        auto found = those(addresses, [](const auto& address) { return is_public_resolver(address); });
        for (const auto& name : rule.names) {
            if (is_public_resolver(name.raw_bytes())) {
                found.push_back(model::for_rule_comment(name));
            }
        }
        if (!found.empty()) {
            warnings.push_back(fmt::format(
                "DNS over HTTPS to {}: the names that are asked for there are not seen", some_of(found)));
        }
    }
}

void add_shared_warning(const Places& places, const model::Rule& rule,
                        const std::vector<model::Address>& addresses, std::vector<std::string>& warnings) {
    if (rule.by_name.empty()) {
        return;
    }
    std::set<std::string> others;
    std::size_t shared = 0;
    for (const auto& address : addresses) {
        bool by_others = false;
        for (const auto& name : places.all_names_of(address)) {
            if (!std::binary_search(rule.names.begin(), rule.names.end(), name)) {
                others.insert(model::for_rule_comment(name));
                by_others = true;
            }
        }
        shared += by_others ? 1 : 0;
    }
    if (shared > 0) {
        warnings.push_back(fmt::format("{} of {} addresses also serve {}: whoever may reach these names may "
                                       "reach those there",
                                       shared, addresses.size(), some_of({others.begin(), others.end()})));
    }
}

/// A name that the host's resolver was asked for, by somebody whose question was not seen: what it stands
/// for, somebody else may have chosen, who owns it.
void add_asker_warning(const Places& places, const model::Rule& rule, std::vector<std::string>& warnings) {
    std::set<std::uint32_t> users;
    for (const auto& process : rule.processes) {
        if (process.uid) {
            users.insert(*process.uid);
        }
    }
    if (users.empty()) {
        return;
    }
    std::vector<std::string> names;
    std::string asker;
    for (const auto& known : rule.by_name) {
        if (const auto other = places.asked_by_others(known.name, users); !other.empty()) {
            names.push_back(model::for_rule_comment(known.name));
            asker = model::for_rule_comment(other);
        }
    }
    if (!names.empty()) {
        warnings.push_back(
            fmt::format("nobody here was seen to ask for {}, but {}, for others: whoever owns the name "
                        "says what it stands for",
                        some_of(names), asker));
    }
}

const char* words_of(model::FlagKind flag) {
    switch (flag) {
    case model::FlagKind::home:
        return "a program or script in a home directory sends here";
    case model::FlagKind::unpackaged:
        return "a program or script that is neither root's nor from a package sends here";
    case model::FlagKind::kernel_thread_name:
        return "a program that calls itself like a thread of the kernel sends here";
    case model::FlagKind::upgraded:
        return "a program whose file was replaced while it ran sends here: an upgrade, or somebody else's";
    case model::FlagKind::shell_below_service:
        return "a service's program started a shell or an interpreter that sends here";
    case model::FlagKind::beacon:
        return "sent at a fixed period, to an address that nobody asked a name for";
    case model::FlagKind::one_run:
        return "seen in one run, on one day, alone";
    }
    return "";
}

} // namespace

std::vector<std::string> warnings_of(const model::Record& record, const Places& places,
                                     const model::Rule& rule, const std::vector<model::Address>& addresses) {
    std::vector<std::string> warnings;
    for (const auto flag : rule.flags) {
        warnings.emplace_back(words_of(flag));
    }
    if (rule.selectors.front().kind == model::SelectorKind::any) {
        warnings.emplace_back("sender not recorded: this rule admits every user");
    }
    add_dns_warnings(record, rule, addresses, warnings);
    add_asker_warning(places, rule, warnings);
    add_shared_warning(places, rule, addresses, warnings);
    return warnings;
}

} // namespace fwlearn::analyzer
