#include "analyzer/render/dnsmasq.hpp"

#include "coverage_lines.hpp"
#include "name_sets.hpp"
#include "rule_words.hpp"

#include <fmt/format.h>

#include <map>

namespace fwlearn::analyzer {

std::string render_dnsmasq(const model::Whitelist& whitelist) {
    std::string out =
        "# fwlearn: for dnsmasq, to go with `fwlearn suggest -o nft` of the same record. Put it into\n"
        "# /etc/dnsmasq.d/, load the nft file first, and let this host ask that dnsmasq alone.\n"
        "# dnsmasq takes a line for the name and for every name below it (dnsmasq(8), --nftset).\n";
    for (const auto& line : coverage_lines(whitelist)) {
        out += "# " + line + "\n";
    }
    // dnsmasq heeds one line a name, which may fill many sets.
    std::map<model::ForeignText, std::string> sets;
    std::size_t by_address = 0;
    for (const auto& rule : whitelist.rules) {
        by_address += rule.by_name.empty() ? 1 : 0;
        for (std::size_t index = 0; index < rule.by_name.size(); ++index) {
            auto& list = sets[rule.by_name[index].name];
            for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
                list += fmt::format("{}{}#inet#fwlearn#{}", list.empty() ? "" : ",",
                                    family == model::Family::ipv4 ? 4 : 6, name_set(rule, index, family));
            }
        }
    }
    out += fmt::format("# {} names; {} rules are by address and need no line here.\n\n", sets.size(),
                       by_address);
    for (const auto& [name, list] : sets) {
        out += fmt::format("nftset=/{}/{}\n", model::for_rule_comment(name, 253), list);
    }
    for (const auto& line : wildcard_lines(whitelist)) {
        out += "# " + line + "\n";
    }
    return out;
}

} // namespace fwlearn::analyzer
