#include "analyzer/render/ufw.hpp"

#include "analyzer/fixed_parts.hpp"
#include "head.hpp"
#include "host_firewall.hpp"

#include <model/counted.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

/// ufw takes more (ufw/util.py: supported_protocols), but these are what has ports there, and what has none.
bool takes(const model::Protocol& protocol) {
    using namespace model::protocol;
    return protocol == tcp || protocol == udp || protocol == esp || protocol == ah || protocol == gre ||
           protocol == igmp;
}

/// Empty where ufw can have the whole rule.
std::string beyond_ufw(const model::Rule& rule) {
    if (auto why = beyond_host_firewall(rule, "ufw"); !why.empty()) {
        return why;
    }
    if (rule.protocol.is_icmp()) {
        return "ICMP, for which ufw has no command (/etc/ufw/before.rules, before6.rules)";
    }
    if (!takes(rule.protocol)) {
        return fmt::format("ufw does not take protocol {}", rule.protocol.name());
    }
    if (rule.protocol.has_ports() && rule.details.front().first == 0) {
        return "ufw does not take port 0";
    }
    const bool has_ipv6 = std::any_of(rule.addresses.begin(), rule.addresses.end(), [](const auto& prefix) {
        return prefix.address().family() == model::Family::ipv6;
    });
    if (rule.protocol == model::protocol::igmp && has_ipv6) {
        return "ufw does not take igmp over IPv6";
    }
    return {};
}

/// "80,443,8000:8010", as many lists as it takes: one of them holds 15 ports, and a range counts as two.
std::vector<std::string> port_lists(const std::vector<model::DetailRange>& details) {
    constexpr std::size_t most = 15;
    std::vector<std::string> lists;
    std::size_t room = 0;
    for (const auto& range : joined(details)) {
        const std::size_t size = range.is_single() ? 1 : 2;
        if (room < size) {
            lists.emplace_back();
            room = most;
        }
        room -= size;
        auto& list = lists.back();
        list += (list.empty() ? "" : ",") + std::to_string(range.first);
        list += range.is_single() ? "" : ":" + std::to_string(range.last);
    }
    return lists;
}

void add_rule(std::string& out, const model::Rule& rule) {
    constexpr std::size_t comment_limit = 127;
    const auto comment = comment_of(rule, comment_limit);
    for (const auto& prefix : rule.addresses) {
        const auto where =
            fmt::format("rule allow out proto {} to {}", rule.protocol.name(), prefix.to_string());
        if (!rule.protocol.has_ports()) {
            out += fmt::format("{} comment '{}'\n", where, comment);
            continue;
        }
        for (const auto& ports : port_lists(rule.details)) {
            out += fmt::format("{} port {} comment '{}'\n", where, ports, comment);
        }
    }
}

/// ufw allows loopback and answers by itself, and IPv6's own ICMP (before6.rules). DHCP it does not, and can
/// be told neither that the client is a system user nor, as no rule does, its source port.
void add_fixed_parts(std::string& out) {
    for (const auto& part : fixed_udp()) {
        out += fmt::format("rule allow out proto udp to {} port {} comment '{}'\n",
                           part.family == model::Family::ipv4 ? "0.0.0.0/0" : "::/0", part.port, part.why);
    }
}

} // namespace

Rendered render_ufw(const model::Whitelist& whitelist) {
    Rendered rendered;
    auto& out = rendered.text;
    out += fmt::format("#!/bin/sh\n# fwlearn: default-deny whitelist for what leaves, {}, by ufw.\n",
                       model::counted(whitelist.rules.size(), "rule"));
    out +=
        "#   sh FILE          adds the rules, then denies the rest\n"
        "#   sh FILE delete   allows everything again, then takes the rules away\n"
        "# It does not enable ufw, which would also deny what comes in: see to that first (ufw allow in "
        "...).\n"
        "# DHCP renewal is allowed to every user: ufw knows none. ICMP over IPv4 is denied but for answers "
        "and\n"
        "# errors; ICMPv6 is as /etc/ufw/before6.rules has it.\n";
    for (const auto& line : head_lines(whitelist)) {
        out += line.empty() ? "#\n" : "# " + line + "\n";
    }
    std::string rules;
    for (const auto& rule : whitelist.rules) {
        const auto why = beyond_ufw(rule);
        if (why.empty()) {
            add_rule(rules, rule);
        } else {
            rendered.not_expressed.push_back(rule.id + ": " + why);
        }
    }
    out += rendered.not_expressed.empty() ? "" : "#\n";
    for (const auto& line : rendered.not_expressed) {
        out += "# not expressed: " + line + "\n";
    }
    out += "\nset -eu\n"
           "case \"${1:-add}\" in\n"
           "add) rule() { ufw \"$@\"; } ;;\n"
           "delete) ufw default allow outgoing; rule() { ufw delete \"$@\"; } ;;\n"
           "*) echo \"usage: sh $0 [delete]\" >&2; exit 2 ;;\n"
           "esac\n\n";
    add_fixed_parts(out);
    out += rules;
    out += "\n# Last: until here nothing is denied.\n"
           "[ \"${1:-add}\" = delete ] || ufw default deny outgoing\n";
    return rendered;
}

} // namespace fwlearn::analyzer
