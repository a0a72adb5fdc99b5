#include "name_sets.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {

std::chrono::seconds name_timeout(std::uint32_t ttl) {
    constexpr std::chrono::days longest{24};
    return std::min<std::chrono::seconds>(name_grace + std::chrono::seconds(ttl), longest);
}

std::string name_set(const model::Rule& rule, std::size_t index, model::Family family) {
    return fmt::format("n_{}_{}_{}", rule.id, index, family == model::Family::ipv4 ? 4 : 6);
}

std::string name_sets(const model::Rule& rule) {
    std::string text;
    for (std::size_t index = 0; index < rule.by_name.size(); ++index) {
        const auto& known = rule.by_name[index];
        const auto timeout = name_timeout(known.ttl);
        for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
            std::string elements;
            for (const auto& address : known.addresses) {
                if (address.family() == family) {
                    elements += (elements.empty() ? "\t\t\t" : ",\n\t\t\t") + address.to_string();
                }
            }
            text += fmt::format(
                "\n\tset {} {{\n\t\ttype {}\n\t\tflags timeout\n\t\ttimeout {}s\n\t\tcomment "
                "\"{}\"\n{}\t}}\n",
                name_set(rule, index, family), family == model::Family::ipv4 ? "ipv4_addr" : "ipv6_addr",
                timeout.count(), model::for_rule_comment(known.name),
                elements.empty() ? std::string() : fmt::format("\t\telements = {{\n{} }}\n", elements));
        }
    }
    return text;
}

} // namespace fwlearn::analyzer
