#include "firewall/checked_whitelist.hpp"

#include "json_members.hpp"
#include "nftables.hpp"
#include "table_document.hpp"
#include "throwaway_namespace.hpp"
#include "whitelist_sets.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace fwlearn::firewall {
namespace {

using Json = nlohmann::json;

/// Stands for every other table: what would touch those touches this one.
constexpr const char* bystander = "table ip fwlearn_bystander {\n\tchain untouched {\n\t}\n}\n";

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
    throw model::UsageError(fmt::format("{} is refused: {}", name, why));
}

/// The kernel looks for each set among all others: nft takes 6 s to load 10,000 and 9 s to list them, and
/// four times as long for twice as many. A small server does not try many more in the minute that there is
/// for it, and no machine more than these.
constexpr std::size_t most_sets = 20000;

std::size_t sets_in(const std::string& commands) {
    std::size_t sets = 0;
    std::istringstream lines(commands);
    for (std::string line; std::getline(lines, line);) {
        const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
        sets += line.compare(begin, 4, "set ") == 0 ? 1U : 0U;
    }
    return sets;
}

void refuse_too_many_sets(const std::string& commands, const std::string& name) {
    if (const auto sets = sets_in(commands); sets > most_sets) {
        refuse(name,
               fmt::format("it has {} sets of addresses, and nft, which takes time by the square of that, "
                           "comes to no end with more than {}: make fewer and wider rules (--widen; "
                           "fwlearn suggest --curve tells what that buys and costs)",
                           sets, most_sets));
    }
}

/// As the listing comes back from the child.
std::string packed(const Listing& listing) {
    return Json{{"text", listing.text}, {"json", listing.json}}.dump(-1, ' ', true,
                                                                     Json::error_handler_t::replace);
}

/// What nft lists after it has loaded the commands, in a namespace where nothing else is.
Listing listing_after(const std::string& commands) {
    const auto answer = in_throwaway_namespace([&commands] {
        Nftables().run(bystander, "cannot use nftables");
        Nftables().run(commands, "nft does not take it");
        const auto tables = Nftables().run("list tables", "cannot use nftables");
        const auto listing = list_whitelist_table();
        if (!listing) {
            throw model::UsageError(fmt::format("it makes no table {}", whitelist_table));
        }
        // Both are there, and no third.
        const auto others = Nftables().run("list table ip fwlearn_bystander", "it touches other tables");
        if (std::count(tables.begin(), tables.end(), '\n') != 2 || others != bystander) {
            throw model::UsageError(fmt::format("it touches other tables than {}", whitelist_table));
        }
        return packed(*listing);
    });
    const auto document = Json::parse(answer);
    return {document.at("text").get<std::string>(), document.at("json").get<std::string>()};
}

std::vector<Json> rules_of(const std::vector<Json>& objects, const std::string& chain) {
    std::vector<Json> rules;
    for (const auto& object : objects) {
        if (object.contains("rule") && text_of(object["rule"], "chain") == chain) {
            rules.push_back(object["rule"]);
        }
    }
    return rules;
}

/// Chains that the kernel hands packets to.
std::vector<Json> base_chains(const std::vector<Json>& objects) {
    std::vector<Json> chains;
    for (const auto& object : objects) {
        if (object.contains("chain") && object["chain"].contains("hook")) {
            chains.push_back(object["chain"]);
        }
    }
    return chains;
}

/// What an empty whitelist has must be there: the same chain at the same place, what it begins with, what it
/// ends in, and the chains and counters that this needs.
void check_fixed_parts(const std::vector<Json>& objects, const std::vector<Json>& empty,
                       const std::string& name) {
    const auto chains = base_chains(empty);
    if (base_chains(objects) != chains || chains.size() != 1) {
        refuse(name, "its only chain with a hook has to be `output` (type filter hook output priority "
                     "mangle; policy drop)");
    }
    const auto output = text_of(chains.front(), "name");
    const auto wanted = rules_of(empty, output);
    const auto rules = rules_of(objects, output);
    if (wanted.empty() || rules.size() < wanted.size() ||
        !std::equal(wanted.begin(), wanted.end() - 1, rules.begin())) {
        refuse(name, "the fixed parts (established, loopback, ICMP errors, neighbour discovery, DHCP) do not "
                     "stand first in its chain `output`, as suggest -o nft prints them");
    }
    if (rules.back() != wanted.back()) {
        refuse(name, "its chain `output` does not end in the denial (goto deny)");
    }
    for (const auto& object : empty) {
        const auto& kind = object.begin().key();
        const auto& content = *object.begin();
        if (kind == "chain" && !content.contains("hook")) {
            const auto chain = text_of(content, "name");
            const auto in_empty = rules_of(empty, chain);
            const auto there = rules_of(objects, chain);
            // Where one unit alone is judged, that chain has the fixed parts, the rules and the denial.
            const bool is_right = chain == "judged" && !in_empty.empty()
                                      ? there.size() >= in_empty.size() && there.back() == in_empty.back() &&
                                            std::equal(in_empty.begin(), in_empty.end() - 1, there.begin())
                                      : there == in_empty;
            if (!is_right) {
                refuse(name, fmt::format("its chain `{}` is not the one that suggest -o nft prints", chain));
            }
        } else if (kind == "counter" && std::find(objects.begin(), objects.end(), object) == objects.end()) {
            refuse(name, fmt::format("its counter `{}` is missing", text_of(content, "name")));
        }
    }
}

void check_kinds(const Listing& listing, const std::vector<Json>& objects, const std::string& name) {
    constexpr std::array known{"table", "rule", "map", "set", "chain", "counter"};
    for (const auto& object : objects) {
        if (std::find(known.begin(), known.end(), object.begin().key()) == known.end()) {
            refuse(name, "it holds what no whitelist of fwlearn's has: " +
                             model::for_terminal(model::ForeignText(object.begin().key())));
        }
    }
    if (listing.text.find("\n\tflags ") != std::string::npos) {
        refuse(name, "its table has flags (dormant?)");
    }
}

/// Loading the table's own words has to make the table.
bool comes_back(const WhitelistTable& table) {
    return table_of(listing_after(table.text)).canonical == table.canonical;
}

} // namespace

WhitelistTable check_whitelist(const std::string& file, const std::string& empty_whitelist,
                               const std::string& name) {
    if (!may_administer_network()) {
        throw model::SystemError("cannot try the rules (needs root)");
    }
    refuse_too_many_sets(file, name);
    const auto empty = objects_of(listing_after(empty_whitelist).json);
    Listing listing;
    try {
        listing = listing_after(file);
    } catch (const model::SystemError& error) {
        refuse(name, error.what());
    }
    const auto objects = objects_of(listing.json);
    check_kinds(listing, objects, name);
    check_fixed_parts(objects, empty, name);
    auto table = table_of(listing);
    bool same = false;
    try {
        same = comes_back(table);
    } catch (const model::SystemError&) {
        same = false;
    }
    if (!same) {
        refuse(name, "nft does not read back what it makes of it");
    }
    table.others -= std::min(table.others, table_of({"", Json{{"nftables", empty}}.dump()}).others);
    return table;
}

void check_loadable(const std::string& text, const std::string& name) {
    if (!may_administer_network()) {
        throw model::SystemError("cannot load rules (needs root)");
    }
    try {
        listing_after(text);
    } catch (const model::SystemError& error) {
        refuse(name, error.what());
    }
}

void check_restorable(const WhitelistTable& table) {
    try {
        if (comes_back(table)) {
            return;
        }
    } catch (const model::SystemError& error) {
        throw model::SystemError(
            std::string("the table inet fwlearn that is loaded could not be put back: ") + error.what());
    }
    throw model::SystemError("the table inet fwlearn that is loaded could not be put back: nft does not read "
                             "back its own listing");
}

} // namespace fwlearn::firewall
