#include "analyzer/render/nft.hpp"

#include "analyzer/fixed_parts.hpp"
#include "head.hpp"
#include "name_guards.hpp"
#include "name_sets.hpp"
#include "nft_chains.hpp"
#include "unit_sets.hpp"

#include <model/counted.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>

namespace fwlearn::analyzer {
namespace {

template <typename... Arguments>
void add(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

/// What stands between the braces of a set or map, an element a line.
std::string elements(const std::vector<std::string>& list) {
    std::string text;
    for (const auto& element : list) {
        text += (text.empty() ? "\t\t\t" : ",\n\t\t\t") + element;
    }
    return text;
}

std::vector<std::string> addresses_of(const model::Rule& rule, model::Family family) {
    std::vector<std::string> list;
    for (const auto& prefix : rule.addresses) {
        if (prefix.address().family() == family) {
            list.push_back(prefix.to_string());
        }
    }
    return list;
}

bool has_wide(const model::Rule& rule, model::Family family) {
    return std::any_of(rule.addresses.begin(), rule.addresses.end(), [family](const model::Prefix& prefix) {
        return prefix.address().family() == family && !prefix.is_single();
    });
}

struct FamilyWords {
    model::Family family;
    const char* suffix;
    const char* type;
    const char* match;
};
constexpr FamilyWords families[] = {{model::Family::ipv4, "4", "ipv4_addr", "ip daddr"},
                                    {model::Family::ipv6, "6", "ipv6_addr", "ip6 daddr"}};

bool has_domain(const model::Rule& rule) {
    return std::any_of(rule.by_name.begin(), rule.by_name.end(),
                       [](const auto& known) { return known.and_below; });
}

/// Those of rules, and the one that is judged where only one is; ascending.
std::vector<model::Selector> units_of(const model::Whitelist& whitelist, const NftOptions& options) {
    auto units = unit_selectors(whitelist);
    if (options.unit && !std::binary_search(units.begin(), units.end(), *options.unit)) {
        units.insert(std::upper_bound(units.begin(), units.end(), *options.unit), *options.unit);
    }
    return units;
}

void add_header(std::string& out, const model::Whitelist& whitelist, const NftOptions& options) {
    add(out, "# fwlearn: default-deny whitelist for OUTPUT, {}. Load it with: nft -f FILE\n",
        model::counted(whitelist.rules.size(), "rule"));
    if (options.shadow) {
        out += "# On trial: it denies nothing, and counts and logs what it would deny.\n";
    }
    if (options.unit) {
        add(out, "# It judges what {} sends, and nothing else.\n",
            model::for_rule_comment(options.unit->cgroup));
    }
    for (const auto& line : head_lines(whitelist)) {
        out += line.empty() ? "#\n" : "# " + line + "\n";
    }
    if (std::any_of(whitelist.rules.begin(), whitelist.rules.end(),
                    [](const auto& rule) { return !rule.by_name.empty(); })) {
        add(out,
            "#\n# Sets of names forget an address {} hours after its TTL. Keep them filled: by fwlearn "
            "refresh\n"
            "# (fwlearn-refresh.timer), or by dnsmasq (fwlearn suggest -o dnsmasq).\n",
            name_grace.count());
        if (std::any_of(whitelist.rules.begin(), whitelist.rules.end(), has_domain)) {
            out += "# Sets of domains (*.example.org) dnsmasq alone can fill with what names below them "
                   "stand for:\n"
                   "# nobody else knows which names there are.\n";
        }
    }
    if (!units_of(whitelist, options).empty()) {
        out += "#\n# Sets of units are empty until the units' cgroups are put in, and a cgroup is new with "
               "every start:\n"
               "# fwlearn refresh --units does it for units that run, once this file is loaded; systemd for "
               "those that\n"
               "# start later, by drop-ins (fwlearn suggest -o systemd --directory /etc/systemd/system).\n";
    }
}

void add_sets(std::string& out, const model::Whitelist& whitelist, const NftOptions& options) {
    for (const auto& unit : units_of(whitelist, options)) {
        out += unit_set_declaration(unit);
    }
    for (const auto& rule : whitelist.rules) {
        if (!rule.by_name.empty()) {
            out += name_sets(rule);
            continue;
        }
        for (const auto& words : families) {
            const auto list = addresses_of(rule, words.family);
            if (list.empty()) {
                continue;
            }
            add(out, "\n\tset r_{}_{} {{\n\t\ttype {}\n{}\t\telements = {{\n{} }}\n\t}}\n", rule.id,
                words.suffix, words.type, has_wide(rule, words.family) ? "\t\tflags interval\n" : "",
                elements(list));
        }
    }
}

void add_guards(std::string& out, const NameGuards& guards) {
    for (const auto& guard : guards.guards()) {
        std::vector<std::string> list;
        for (const auto& prefix : guard.prefixes) {
            list.push_back(prefix.to_string());
        }
        add(out, "\n\tset {} {{\n\t\ttype {}\n\t\tflags interval\n\t\telements = {{\n{} }}\n\t}}\n",
            guard.set, guard.family == model::Family::ipv4 ? "ipv4_addr" : "ipv6_addr", elements(list));
    }
}

/// How a service is looked up: by port, by ICMP type and code, or by protocol alone.
struct Lookup {
    const char* suffix;
    const char* key;
    std::function<bool(const model::Protocol&)> serves;
    std::function<std::string(const NftService&)> element;
};

const std::vector<Lookup>& lookups() {
    const auto type_and_code = [](const NftService& asked) {
        const model::Service service{asked.protocol, asked.details.first};
        return fmt::format("{} . {}", service.icmp_type(), service.icmp_code());
    };
    static const std::vector<Lookup> list{
        {"ports", "meta l4proto . th dport", [](const auto& protocol) { return protocol.has_ports(); },
         [](const auto& service) {
             return fmt::format("{} . {}{}", service.protocol.number, service.details.first,
                                service.details.is_single() ? ""
                                                            : "-" + std::to_string(service.details.last));
         }},
        {"icmp", "icmp type . icmp code",
         [](const auto& protocol) { return protocol == model::protocol::icmp; }, type_and_code},
        {"icmpv6", "icmpv6 type . icmpv6 code",
         [](const auto& protocol) { return protocol == model::protocol::icmpv6; }, type_and_code},
        {"protocols", "meta l4proto",
         [](const auto& protocol) { return !protocol.has_ports() && !protocol.is_icmp(); },
         [](const auto& service) { return fmt::format("{}", service.protocol.number); }},
    };
    return list;
}

/// Adds the maps of one selector; gives back the rules that look into them.
std::vector<std::string> add_maps(std::string& out, const NftSelector& selector) {
    std::vector<std::string> uses;
    for (const auto& lookup : lookups()) {
        std::vector<std::string> list;
        bool wide = false;
        for (const auto& service : selector.services) {
            if (lookup.serves(service.protocol)) {
                list.push_back(fmt::format("{} : jump {}", lookup.element(service),
                                           selector.chains[service.chain].name));
                wide = wide || !service.details.is_single();
            }
        }
        if (!list.empty()) {
            add(out, "\n\tmap {}_{} {{\n\t\ttypeof {} : verdict\n{}\t\telements = {{\n{} }}\n\t}}\n",
                selector.name, lookup.suffix, lookup.key, wide ? "\t\tflags interval\n" : "", elements(list));
            uses.push_back(fmt::format("{} vmap @{}_{}", lookup.key, selector.name, lookup.suffix));
        }
    }
    return uses;
}

/// Of each rule its comment: a rule of many names stands in many lines.
using Comments = std::map<const model::Rule*, std::string>;

Comments comments_of(const model::Whitelist& whitelist) {
    Comments comments;
    for (const auto& rule : whitelist.rules) {
        comments[&rule] = comment_of(rule);
    }
    return comments;
}

void add_chains(std::string& out, const NftSelector& selector, const Comments& comments,
                const NameGuards& guards) {
    for (const auto& chain : selector.chains) {
        add(out, "\n\tchain {} {{\n", chain.name);
        for (const auto* rule : chain.rules) {
            const auto& comment = comments.at(rule);
            for (std::size_t index = 0; index < rule->by_name.size(); ++index) {
                for (const auto& words : families) {
                    add(out, "\t\t{0} @{1} {0} != @{2} accept comment \"{3}\"\n", words.match,
                        name_set(*rule, index, words.family),
                        guards.set_for(rule->by_name[index], words.family), comment);
                }
            }
            for (const auto& words : families) {
                if (!rule->by_name.empty() || addresses_of(*rule, words.family).empty()) {
                    continue;
                }
                add(out, "\t\t{} @r_{}_{} accept comment \"{}\"\n", words.match, rule->id, words.suffix,
                    comment);
            }
        }
        out += "\t}\n";
    }
}

void add_fixed_parts(std::string& out) {
    out += "\t\tct state established,related accept\n\t\toifname \"lo\" accept\n";
    for (const auto& part : fixed_icmp()) {
        std::string types;
        for (const auto type : part.types) {
            types += (types.empty() ? "" : ", ") + std::to_string(type);
        }
        add(out, "\t\t{} type {{ {} }} accept comment \"{}\"\n", part.protocol.name(), types, part.why);
    }
    for (const auto& part : fixed_udp()) {
        add(out, "\t\tmeta nfproto {} meta skuid <= {} udp dport {} accept comment \"{}\"\n",
            part.family == model::Family::ipv4 ? "ipv4" : "ipv6", last_system_uid, part.port, part.why);
    }
}

/// What becomes of a packet that no rule admits.
void add_deny(std::string& out, const NftOptions& options) {
    const char* const counter = options.shadow ? "shadowed" : "denied";
    const char* const prefix = options.shadow ? model::shadowed_prefix : model::denied_prefix;
    // Every one is counted and told to the collector, with as much of it as the collector decodes. The
    // kernel's own log is for people, and a denied program may try all day.
    add(out,
        "\n\tchain deny {{\n\t\tcounter name \"{0}\"\n"
        "\t\tlog prefix \"{1}\" group {2} snaplen 128 queue-threshold 1\n"
        "\t\tlimit rate 6/minute burst 10 packets log prefix \"{1}: \" flags skuid\n",
        counter, prefix, options.group);
    // Only a SYN is answered by a reset: a reset to any other packet would kill connections that were there
    // before conntrack was.
    out += options.shadow ? "\t\taccept\n\t}\n"
                          : "\t\ttcp flags & (fin|syn|rst|ack) == syn reject with tcp reset\n"
                            "\t\tmeta l4proto tcp drop\n\t\treject with icmpx admin-prohibited\n\t}\n";
}

/// The chain that every packet which leaves passes; with `unit` it leads those of one unit to `judged`, which
/// has to stand before it, and ends here.
void add_hook(std::string& out, const NftOptions& options) {
    add(out,
        "\n\tchain output {{\n"
        "\t\t# Behind conntrack, and before destination NAT, so that a rule sees the destination that the\n"
        "\t\t# process asked for; right before fwlearn observes (mangle), which then knows what is said "
        "here.\n"
        "\t\ttype filter hook output priority mangle - 1; policy {};\n",
        options.shadow || options.unit ? "accept" : "drop");
    if (options.unit) {
        add(out, "\t\t{} goto judged\n\t}}\n", unit_match(*options.unit));
    }
}

} // namespace

std::string render_nft(const model::Whitelist& whitelist, const NftOptions& options) {
    std::string out;
    add_header(out, whitelist, options);
    add(out,
        "\ntable inet fwlearn\ndelete table inet fwlearn\n\ntable inet fwlearn {{\n\tcounter {} {{\n\t}}\n",
        options.shadow ? "shadowed" : "denied");
    add_sets(out, whitelist, options);
    const NameGuards guards(whitelist);
    add_guards(out, guards);

    const auto comments = comments_of(whitelist);
    const auto selectors = nft_selectors(whitelist);
    std::vector<std::string> for_any;
    std::vector<std::string> for_kernel;
    std::vector<std::string> users;
    std::vector<std::string> units;
    std::string user_chains;
    for (const auto& selector : selectors) {
        add_chains(out, selector, comments, guards);
        auto uses = add_maps(out, selector);
        if (selector.selector.kind == model::SelectorKind::any) {
            for_any = std::move(uses);
        } else if (selector.selector.kind == model::SelectorKind::kernel) {
            for_kernel = std::move(uses);
        } else {
            if (selector.selector.kind == model::SelectorKind::unit) {
                units.push_back(unit_match(selector.selector) + " jump " + selector.name);
            } else {
                users.push_back(fmt::format("{} : jump {}", selector.selector.uid, selector.name));
            }
            add(user_chains, "\n\tchain {} {{\n\t\t{}\n\t}}\n", selector.name, fmt::join(uses, "\n\t\t"));
        }
    }
    out += user_chains;
    if (!users.empty()) {
        add(out, "\n\tmap by_user {{\n\t\ttypeof meta skuid : verdict\n\t\telements = {{\n{} }}\n\t}}\n",
            elements(users));
    }
    add_deny(out, options);
    if (options.unit) {
        out += "\n\tchain judged {\n";
    } else {
        add_hook(out, options);
    }
    add_fixed_parts(out);
    for (const auto& use : for_any) {
        add(out, "\t\t{}\n", use);
    }
    if (!users.empty()) {
        out += "\t\tmeta skuid vmap @by_user\n";
    }
    for (const auto& unit : units) {
        add(out, "\t\t{}\n", unit);
    }
    if (!for_kernel.empty()) {
        // `meta skuid` matches nothing on a packet without a user's socket: only such packets go on.
        out += "\t\tmeta skuid >= 0 goto deny\n";
        for (const auto& use : for_kernel) {
            add(out, "\t\t{}\n", use);
        }
    }
    out += "\t\tgoto deny\n\t}\n";
    if (options.unit) {
        add_hook(out, options);
    }
    out += "}\n";
    return out;
}

} // namespace fwlearn::analyzer
