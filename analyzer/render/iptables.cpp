#include "analyzer/render/iptables.hpp"

#include "analyzer/fixed_parts.hpp"
#include "dnsmasq_lines.hpp"
#include "head.hpp"
#include "ip_sets.hpp"
#include "name_guards.hpp"
#include "name_sets.hpp"
#include "rule_words.hpp"

#include <model/counted.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace fwlearn::analyzer {
namespace {

template <typename... Arguments>
void add(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

/// iptables takes this type for all of them (net/ipv4/netfilter/ip_tables.c: icmp_type_code_match).
bool is_every_icmp(const model::Service& service) {
    return service.protocol == model::protocol::icmp && service.icmp_type() == 255;
}

/// Matches on the service, each of which stands in a rule of its own: `-m multiport` takes 15 ports, of which
/// a range counts two.
std::vector<std::string> service_matches(const model::Rule& rule) {
    constexpr std::size_t most = 15;
    std::vector<std::string> matches;
    if (rule.protocol.is_icmp()) {
        const bool ipv4 = rule.protocol == model::protocol::icmp;
        for (const auto& range : rule.details) {
            const model::Service service{rule.protocol, range.first};
            if (is_every_icmp(service)) {
                continue;
            }
            matches.push_back(fmt::format("-p {} --{}-type {}/{}", ipv4 ? "icmp" : "ipv6-icmp",
                                          ipv4 ? "icmp" : "icmpv6", service.icmp_type(),
                                          service.icmp_code()));
        }
        return matches;
    }
    if (!rule.protocol.has_ports()) {
        return {fmt::format("-p {}", rule.protocol.number)};
    }
    std::string list;
    std::size_t used = 0;
    const auto flush = [&] {
        if (!list.empty()) {
            matches.push_back(fmt::format("-p {} -m multiport --dports {}", rule.protocol.number, list));
        }
        list.clear();
        used = 0;
    };
    for (const auto& range : rule.details) {
        const std::size_t needs = range.is_single() ? 1 : 2;
        if (used + needs > most) {
            flush();
        }
        used += needs;
        list += (list.empty() ? "" : ",") + std::to_string(range.first);
        list += range.is_single() ? "" : ":" + std::to_string(range.last);
    }
    flush();
    return matches;
}

/// Sets of ipset(8) are all programs'.
std::string guard_name(const std::string& set) {
    return "fwlearn_" + set;
}

/// Matches on the destination, each of which stands in a rule of its own.
std::vector<std::string> address_matches(const model::Rule& rule, model::Family family,
                                         const NameGuards& guards) {
    std::vector<std::string> matches;
    for (const auto& set : ip_sets(rule, family)) {
        matches.push_back(fmt::format("-m set --match-set {} dst", set.name));
        if (set.known != nullptr) {
            matches.back() +=
                fmt::format(" -m set ! --match-set {} dst", guard_name(guards.set_for(*set.known, family)));
        }
    }
    if (matches.empty() && rule.by_name.empty()) {
        for (const auto& prefix : rule.addresses) {
            if (prefix.address().family() == family) {
                matches.push_back(fmt::format("-d {}/{}", prefix.address().to_string(), prefix.length()));
            }
        }
    }
    return matches;
}

/// Why a rule, or its part for one selector, is not in the output; empty when it is.
std::string reason_against(const model::Rule& rule, const model::Selector& selector) {
    if (selector.kind == model::SelectorKind::unit) {
        return "selects " + selector_words(selector) + ": iptables cannot name a cgroup that may be missing";
    }
    if (rule.protocol.number == 0) {
        return "protocol 0: iptables takes it for every protocol";
    }
    if (std::any_of(rule.details.begin(), rule.details.end(), [&rule](const auto& range) {
            return is_every_icmp({rule.protocol, range.first});
        })) {
        return "ICMP type 255: iptables takes it for every type";
    }
    return {};
}

/// Its other ICMP types are.
bool is_expressed_in_part(const model::Rule& rule, const model::Selector& selector) {
    return selector.kind != model::SelectorKind::unit && rule.protocol.number != 0;
}

std::string chain_of(const model::Selector& selector) {
    switch (selector.kind) {
    case model::SelectorKind::any:
        return "FWLEARN-ANY";
    case model::SelectorKind::kernel:
        return "FWLEARN-KERNEL";
    case model::SelectorKind::uid:
    case model::SelectorKind::unit:
        break;
    }
    return "FWLEARN-UID-" + std::to_string(selector.uid);
}

std::string rules_of(const model::Rule& rule, const std::string& chain, model::Family family,
                     const NameGuards& guards) {
    std::string out;
    const auto of_the_other = family == model::Family::ipv4 ? model::protocol::icmpv6 : model::protocol::icmp;
    if (rule.protocol == of_the_other) {
        return out;
    }
    const auto addresses = address_matches(rule, family, guards);
    const auto comment = comment_of(rule);
    for (const auto& service : service_matches(rule)) {
        for (const auto& address : addresses) {
            add(out, "-A {} {} {} -m comment --comment \"{}\" -j ACCEPT\n", chain, service, address, comment);
        }
    }
    return out;
}

void add_fixed_parts(std::string& out, model::Family family) {
    const bool ipv4 = family == model::Family::ipv4;
    out += "-A FWLEARN -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT\n-A FWLEARN -o lo -j ACCEPT\n";
    for (const auto& part : fixed_icmp()) {
        if ((part.protocol == model::protocol::icmp) != ipv4) {
            continue;
        }
        for (const auto type : part.types) {
            add(out, "-A FWLEARN -p {} --{}-type {} -m comment --comment \"{}\" -j ACCEPT\n",
                ipv4 ? "icmp" : "ipv6-icmp", ipv4 ? "icmp" : "icmpv6", type, part.why);
        }
    }
    for (const auto& part : fixed_udp()) {
        if (part.family == family) {
            add(out,
                "-A FWLEARN -p udp --dport {} -m owner --uid-owner 0-{} -m comment --comment \"{}\" -j "
                "ACCEPT\n",
                part.port, last_system_uid, part.why);
        }
    }
}

void add_deny(std::string& out, model::Family family) {
    // Only a SYN is answered by a reset: a reset to any other packet would kill connections that were there
    // before conntrack was.
    out += "-A FWLEARN-DENY -p tcp --tcp-flags FIN,SYN,RST,ACK SYN -j REJECT --reject-with tcp-reset\n"
           "-A FWLEARN-DENY -p tcp -j DROP\n";
    add(out, "-A FWLEARN-DENY -j REJECT --reject-with {}\n",
        family == model::Family::ipv4 ? "icmp-admin-prohibited" : "icmp6-adm-prohibited");
}

/// ipset reads lines of at most 1,023 octets, iptables-restore of 10,239, and each takes the rest of a longer
/// one for a command.
void add_comment(std::string& out, const std::string& text) {
    constexpr std::size_t longest = 500;
    for (std::size_t begin = 0; begin == 0 || begin < text.size(); begin += longest) {
        add(out, "#{}{}\n", text.empty() ? "" : begin == 0 ? " " : "   ", text.substr(begin, longest));
    }
}

void add_head(std::string& out, const model::Whitelist& whitelist, const std::string& title) {
    add(out, "# fwlearn: {}\n", title);
    for (const auto& line : head_lines(whitelist)) {
        add_comment(out, line);
    }
}

} // namespace

Rendered render_iptables(const model::Whitelist& whitelist, model::Family family) {
    const std::string tool = family == model::Family::ipv4 ? "iptables" : "ip6tables";
    Rendered rendered;
    const NameGuards guards(whitelist);
    std::map<model::Selector, std::string> chains;
    std::size_t by_name = 0;
    bool sets = false;
    for (const auto& rule : whitelist.rules) {
        for (const auto& selector : rule.selectors) {
            if (auto reason = reason_against(rule, selector); !reason.empty()) {
                rendered.not_expressed.push_back(rule.id + ": " + reason);
                if (!is_expressed_in_part(rule, selector)) {
                    continue;
                }
            }
            if (auto lines = rules_of(rule, chain_of(selector), family, guards); !lines.empty()) {
                chains[selector] += lines;
                sets = sets || !ip_sets(rule, family).empty();
            }
        }
        by_name += rule.by_name.empty() ? 0 : 1;
    }

    auto& out = rendered.text;
    add_head(
        out, whitelist,
        fmt::format(
            "default-deny whitelist for OUTPUT, {}, the part of {}. Load it with:\n"
            "#   {}{}-restore --noflush FILE\n"
            "# and take it away with: {} -D OUTPUT -j FWLEARN (as often as it was loaded). Destination NAT\n"
            "# has been done when these rules see a packet; those of -o nft see it before",
            model::counted(whitelist.rules.size(), "rule"), tool,
            sets ? "ipset -exist restore <SETS (fwlearn suggest -o ipset), then " : "", tool, tool));
    if (by_name > 0) {
        add(out,
            "# {} by name: their sets hold what the names have stood for so far, and forget it.\n"
            "# -o ipset says how dnsmasq keeps them filled.\n",
            model::counted(by_name, "rule is", "rules are"));
    }
    for (const auto& line : rendered.not_expressed) {
        add_comment(out, "not expressed: " + line);
    }
    out += "*filter\n:FWLEARN - [0:0]\n:FWLEARN-DENY - [0:0]\n";
    for (const auto& [selector, lines] : chains) {
        add(out, ":{} - [0:0]\n", chain_of(selector));
    }
    add_fixed_parts(out, family);
    for (const auto& [selector, lines] : chains) {
        if (selector.kind == model::SelectorKind::any) {
            out += "-A FWLEARN -j FWLEARN-ANY\n";
        } else if (selector.kind == model::SelectorKind::uid) {
            add(out, "-A FWLEARN -m owner --uid-owner {} -j {}\n", selector.uid, chain_of(selector));
        }
    }
    // A packet without a user's socket is matched by no range of users: only such packets go on.
    out += "-A FWLEARN -m owner --uid-owner 0-4294967294 -j FWLEARN-DENY\n";
    for (const auto& [selector, lines] : chains) {
        if (selector.kind == model::SelectorKind::kernel) {
            out += "-A FWLEARN -j FWLEARN-KERNEL\n";
        }
    }
    out += "-A FWLEARN -j FWLEARN-DENY\n";
    for (const auto& [selector, lines] : chains) {
        out += lines;
    }
    add_deny(out, family);
    out += "-I OUTPUT 1 -j FWLEARN\nCOMMIT\n";
    return rendered;
}

std::string render_ipset(const model::Whitelist& whitelist) {
    std::string out;
    add_head(
        out, whitelist,
        "the sets that -o iptables and -o ip6tables look into. Load them first: ipset -exist restore <FILE");
    std::string sets;
    for (const auto& guard : NameGuards(whitelist).guards()) {
        const auto name = guard_name(guard.set);
        add(sets, "create {0} hash:net family {1}\nflush {0}\n", name,
            guard.family == model::Family::ipv4 ? "inet" : "inet6");
        for (const auto& prefix : guard.prefixes) {
            add(sets, "add {} {}\n", name, prefix.to_string());
        }
    }
    for (const auto& rule : whitelist.rules) {
        for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
            for (const auto& set : ip_sets(rule, family)) {
                // Whole days, so that a name's next TTL does not ask for another set under the same name.
                const auto timeout =
                    set.known == nullptr
                        ? std::string()
                        : fmt::format(" timeout {}",
                                      std::chrono::ceil<std::chrono::days>(name_timeout(set.known->ttl)) /
                                          std::chrono::seconds(1));
                add(sets, "create {} hash:net family {} maxelem 1048576 comment{}\nflush {}\n", set.name,
                    family == model::Family::ipv4 ? "inet" : "inet6", timeout, set.name);
                for (const auto& element : set.elements) {
                    add(sets, "add {} {}{}\n", set.name, element,
                        set.known == nullptr
                            ? std::string()
                            : fmt::format(" comment \"{}\"", model::for_rule_comment(set.known->name)));
                }
            }
        }
    }
    const auto fillings = dnsmasq_lines(whitelist, "ipset", [](const model::Rule& rule, std::size_t index) {
        const auto ipv4 = ip_sets(rule, model::Family::ipv4);
        const auto ipv6 = ip_sets(rule, model::Family::ipv6);
        return ipv4.at(index).name + "," + ipv6.at(index).name;
    });
    if (!fillings.lines.empty()) {
        out +=
            "#\n# For dnsmasq, which then fills the sets of names with all that it is answered. What no name "
            "may "
            "bring in\n# (loopback, a cloud's metadata, private addresses of a public name) the rules do not "
            "admit.\n";
    }
    for (const auto& line : fillings.not_expressed) {
        add_comment(out, "not filled by it: " + line);
    }
    for (const auto& line : fillings.lines) {
        add(out, "# {}\n", line);
    }
    return out + sets;
}

} // namespace fwlearn::analyzer
