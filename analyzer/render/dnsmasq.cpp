#include "analyzer/render/dnsmasq.hpp"

#include "coverage_lines.hpp"
#include "dnsmasq_lines.hpp"
#include "name_sets.hpp"
#include "rule_words.hpp"

#include <model/counted.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

DnsmasqLines fillings_of(const model::Whitelist& whitelist) {
    return dnsmasq_lines(whitelist, "nftset", [](const model::Rule& rule, std::size_t index) {
        return fmt::format("4#inet#fwlearn#{},6#inet#fwlearn#{}", name_set(rule, index, model::Family::ipv4),
                           name_set(rule, index, model::Family::ipv6));
    });
}

} // namespace

std::vector<std::string> not_filled_by_dnsmasq(const model::Whitelist& whitelist) {
    return fillings_of(whitelist).not_expressed;
}

std::string render_dnsmasq(const model::Whitelist& whitelist) {
    std::string out =
        "# fwlearn: for dnsmasq, to go with `fwlearn suggest -o nft` of the same record. Put it into\n"
        "# /etc/dnsmasq.d/, load the nft file first, and let this host ask that dnsmasq alone.\n"
        "# dnsmasq takes a line for the name and for every name below it (dnsmasq(8), --nftset). It adds "
        "all\n"
        "# that it is answered; what no name may bring in (loopback, a cloud's metadata, private addresses "
        "of\n"
        "# a public name) the nft file does not admit.\n";
    for (const auto& line : coverage_lines(whitelist)) {
        out += "# " + line + "\n";
    }
    const auto fillings = fillings_of(whitelist);
    for (const auto& line : fillings.not_expressed) {
        out += "# not expressed: " + line + "\n";
    }
    const auto by_address = std::count_if(whitelist.rules.begin(), whitelist.rules.end(),
                                          [](const auto& rule) { return rule.by_name.empty(); });
    out +=
        fmt::format("# {}; {} by address: no line here.\n\n", model::counted(fillings.lines.size(), "name"),
                    model::counted(static_cast<std::uint64_t>(by_address), "rule is", "rules are"));
    for (const auto& line : fillings.lines) {
        out += line + "\n";
    }
    for (const auto& line : wildcard_lines(whitelist)) {
        out += "# " + line + "\n";
    }
    return out;
}

} // namespace fwlearn::analyzer
