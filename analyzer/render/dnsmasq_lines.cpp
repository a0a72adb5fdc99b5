#include "dnsmasq_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace fwlearn::analyzer {
namespace {

/// ipset(8), in whose files these are comments, reads as much.
constexpr std::size_t longest_line = 990;

/// The sets of one name of one rule.
struct Sets {
    std::string rule;
    std::string list;
};

struct OfName {
    std::vector<Sets> own;
    std::vector<Sets> below; ///< of `own`, those that every name below it fills, too
};

using ByName = std::map<std::string, OfName, std::less<>>;

ByName by_name(const model::Whitelist& whitelist,
               const std::function<std::string(const model::Rule&, std::size_t)>& sets) {
    ByName names;
    for (const auto& rule : whitelist.rules) {
        for (std::size_t index = 0; index < rule.by_name.size(); ++index) {
            const auto& known = rule.by_name[index];
            auto& of_name = names[known.name.raw_bytes()];
            of_name.own.push_back({rule.id, sets(rule, index)});
            if (known.and_below) {
                of_name.below.push_back(of_name.own.back());
            }
        }
    }
    return names;
}

} // namespace

DnsmasqLines
dnsmasq_lines(const model::Whitelist& whitelist, const char* option,
              const std::function<std::string(const model::Rule& rule, std::size_t index)>& sets) {
    DnsmasqLines result;
    const auto names = by_name(whitelist, sets);
    for (const auto& [name, of_name] : names) {
        auto all = of_name.own;
        for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
            const auto above = names.find(std::string_view(name).substr(dot + 1));
            if (above != names.end()) {
                all.insert(all.end(), above->second.below.begin(), above->second.below.end());
            }
        }
        const auto shown = model::for_rule_comment(model::ForeignText(name), 253);
        auto line = fmt::format("{}=/{}/", option, shown);
        bool first = true;
        for (const auto& [rule, list] : all) {
            if (line.size() + 1 + list.size() > longest_line) {
                result.not_expressed.push_back(fmt::format(
                    "{}: dnsmasq reads no line long enough to fill its set of {} as well", rule, shown));
                continue;
            }
            line += (first ? "" : ",") + list;
            first = false;
        }
        result.lines.push_back(std::move(line));
    }
    return result;
}

} // namespace fwlearn::analyzer
