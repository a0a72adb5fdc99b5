#include "analyzer/render/firewalld.hpp"

#include "analyzer/fixed_parts.hpp"
#include "firewalld_icmp.hpp"
#include "head.hpp"
#include "host_firewall.hpp"

#include <model/counted.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace fwlearn::analyzer {
namespace {

const char* family_word(model::Family family) {
    return family == model::Family::ipv4 ? "ipv4" : "ipv6";
}

/// Text for an XML comment, which may hold no two hyphens and end with none.
std::string for_comment(const std::string& text) {
    std::string safe;
    for (const char letter : text) {
        const bool second = letter == '-' && !safe.empty() && safe.back() == '-';
        safe += second ? std::string("%2D") : std::string(1, letter);
    }
    return !safe.empty() && safe.back() == '-' ? safe + "." : safe;
}

/// Protocols whose ports it takes: firewall/core/rich.py.
bool takes_ports(const model::Protocol& protocol) {
    using namespace model::protocol;
    return protocol == tcp || protocol == udp || protocol == sctp || protocol == dccp;
}

/// The elements, one for each service of the rule; or why there is none.
struct Elements {
    std::vector<std::string> list;
    std::string why_not;
};

Elements elements_of(const model::Rule& rule) {
    Elements elements;
    if (rule.protocol.has_ports()) {
        if (!takes_ports(rule.protocol)) {
            elements.why_not = fmt::format("firewalld takes no ports of {}", rule.protocol.name());
            return elements;
        }
        for (const auto& range : joined(rule.details)) {
            elements.list.push_back(fmt::format("<port port=\"{}{}\" protocol=\"{}\"/>", range.first,
                                                range.is_single() ? "" : "-" + std::to_string(range.last),
                                                rule.protocol.name()));
        }
    } else if (rule.protocol.is_icmp()) {
        for (const auto& range : rule.details) {
            const auto* name = firewalld_icmp_type(rule.protocol, range);
            if (name == nullptr) {
                elements.why_not = "firewalld has no ICMP type that admits these codes alone";
                return elements;
            }
            elements.list.push_back(fmt::format("<icmp-type name=\"{}\"/>", name));
        }
    } else {
        elements.list.push_back(fmt::format("<protocol value=\"{}\"/>", rule.protocol.number));
    }
    return elements;
}

std::string rule_element(model::Family family, const std::string& destination, const std::string& element) {
    return fmt::format("  <rule family=\"{}\">{}{}<accept/></rule>\n", family_word(family),
                       destination.empty() ? "" : fmt::format("<destination address=\"{}\"/>", destination),
                       element);
}

void add_rule(std::string& out, model::Family family, const std::string& destination,
              const std::string& element) {
    out += rule_element(family, destination, element);
}

/// firewalld allows loopback and answers by itself. It has no name for the listener reports' types, so that
/// ICMPv6 to the groups that they are sent to stands for them: none of these leave the link.
void add_fixed_parts(std::string& out) {
    constexpr std::uint16_t codes = 256;
    for (const auto& part : fixed_icmp()) {
        const auto family =
            part.protocol == model::protocol::icmp ? model::Family::ipv4 : model::Family::ipv6;
        out += fmt::format("  <!-- {} -->\n", part.why);
        bool by_group = false;
        for (const auto type : part.types) {
            const auto first = static_cast<std::uint16_t>(type * codes);
            const auto* name =
                firewalld_icmp_type(part.protocol, {first, static_cast<std::uint16_t>(first + 255)});
            if (name != nullptr) {
                add_rule(out, family, {}, fmt::format("<icmp-type name=\"{}\"/>", name));
            }
            by_group = by_group || name == nullptr;
        }
        // RFC 2710, 4 and RFC 3810, 5.2.14: all routers, all MLDv2 routers, and the groups of discovery.
        for (const auto* group : {"ff02::2", "ff02::16", "ff02::1:ff00:0/104"}) {
            if (by_group) {
                add_rule(out, family, group, fmt::format("<protocol value=\"{}\"/>", part.protocol.number));
            }
        }
    }
    for (const auto& part : fixed_udp()) {
        out += fmt::format("  <!-- {}, for every user: firewalld knows none -->\n", part.why);
        add_rule(out, part.family, {}, fmt::format("<port port=\"{}\" protocol=\"udp\"/>", part.port));
    }
}

void add_comment(std::string& out, const std::string& line) {
    const auto text = for_comment(line);
    out += text.empty() ? "\n" : "  " + text + "\n";
}

} // namespace

Rendered render_firewalld(const model::Whitelist& whitelist) {
    Rendered rendered;
    std::string rules;
    std::set<std::string> there; // rules may overlap, and firewalld warns of what it has already
    for (const auto& rule : whitelist.rules) {
        auto why = beyond_host_firewall(rule, "firewalld");
        const auto elements = elements_of(rule);
        if (why.empty()) {
            why = elements.why_not;
        }
        if (!why.empty()) {
            rendered.not_expressed.push_back(rule.id + ": " + why);
            continue;
        }
        constexpr std::size_t comment_limit = 200;
        rules += fmt::format("  <!-- {} -->\n", for_comment(comment_of(rule, comment_limit)));
        for (const auto& prefix : rule.addresses) {
            for (const auto& element : elements.list) {
                auto text = rule_element(prefix.address().family(), prefix.to_string(), element);
                const auto [added, is_new] = there.insert(std::move(text));
                rules += is_new ? *added : std::string();
            }
        }
    }
    auto& out = rendered.text;
    out +=
        fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!--\n"
                    "  fwlearn: default-deny whitelist for what leaves, {}, by firewalld 0.9 or later.\n"
                    "  Put it into /etc/firewalld/policies/fwlearn.xml; then: firewall-offline-cmd, with the "
                    "option check-config,\n  and firewall-cmd, with the option reload.\n",
                    model::counted(whitelist.rules.size(), "rule"));
    for (const auto& line : head_lines(whitelist)) {
        add_comment(out, line);
    }
    out += rendered.not_expressed.empty() ? "" : "\n";
    for (const auto& line : rendered.not_expressed) {
        add_comment(out, "not expressed: " + line);
    }
    out += "-->\n<policy target=\"REJECT\">\n  <short>fwlearn</short>\n"
           "  <description>What may leave this host.</description>\n"
           "  <ingress-zone name=\"HOST\"/>\n  <egress-zone name=\"ANY\"/>\n";
    add_fixed_parts(out);
    out += rules;
    out += "</policy>\n";
    return rendered;
}

} // namespace fwlearn::analyzer
