#include "name_refresh.hpp"

#include <analyzer/name_addresses.hpp>
#include <collector/conntrack.hpp>
#include <firewall/name_sets.hpp>
#include <model/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>

namespace fwlearn::cli {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using collector::names::LookUpOutcome;

/// What is resolved is filled in after this long, whoever else still has to be asked for. Not after each
/// name: every filling may have to read the connections.
constexpr auto patience = 1s;

/// Those of the addresses to which connections are open: they stay in their sets, whatever names stand for by
/// now. The kernel looks through the whole of its table for them.
std::set<model::Address> in_use(const std::set<model::Address>& addresses) {
    std::set<model::Address> used;
    if (!addresses.empty()) {
        collector::dump_conntrack([&](const collector::ConntrackEntry& entry) {
            const auto& address = entry.tuple.destination.address;
            if (addresses.contains(address)) {
                used.insert(address);
            }
        });
    }
    return used;
}

/// In one transaction; and where that fails each set in its own, since one that cannot be filled (it has a
/// size of its own, or is gone) must keep no other from it. Returns what was said of those that cannot, by
/// name.
std::map<std::string, std::string> fill_each(const std::vector<firewall::Filling>& fillings) {
    std::map<std::string, std::string> failed;
    try {
        firewall::fill(fillings);
    } catch (const model::SystemError&) {
        for (const auto& filling : fillings) {
            try {
                firewall::fill({filling});
            } catch (const model::SystemError& error) {
                failed[filling.set.name] = error.what();
            }
        }
    }
    return failed;
}

bool has_failed(LookUpOutcome outcome) {
    return outcome == LookUpOutcome::failed || outcome == LookUpOutcome::silent;
}

} // namespace

RefreshedNames NameRefresh::refresh_first(std::span<const std::string> names) {
    if (names.empty()) {
        return {};
    }
    Looked looked;
    const auto began = Clock::now();
    for (const auto& name : names) {
        looked[name] = collector::names::look_up(name);
        if (Clock::now() - began >= patience) {
            break;
        }
    }
    auto filled = fill_sets(looked);
    RefreshedNames refreshed;
    for (const auto& [name, its] : looked) {
        const auto& [not_taken, has_known, has_new] = filled[name];
        const bool failed = has_failed(its.four.outcome) || has_failed(its.six.outcome) || not_taken;
        refreshed[name] = {{its.answered(), its.ttl, has_new && !has_known}, its.answered() && !failed};
        say_failure(name, its);
    }
    return refreshed;
}

std::map<std::string, NameRefresh::Filled> NameRefresh::fill_sets(const Looked& looked) {
    // Read only now: asking may have taken seconds, in which the whitelist was loaded anew.
    const auto sets = firewall::read_name_sets([&looked](const auto& name) { return looked.contains(name); });
    std::set<std::string> with_private;
    for (const auto& set : sets) {
        if (holds_private(set)) {
            with_private.insert(set.name);
        }
    }
    std::map<std::string, Filled> filled;
    std::vector<firewall::Filling> fillings;
    std::set<model::Address> not_renewed;
    for (const auto& set : sets) {
        auto share =
            share_of(set, looked.at(set.name).of(set.family).addresses, with_private.contains(set.name));
        say_share(set.name, share);
        auto& its = filled[set.name];
        its.has_known = its.has_known || share.has_known;
        its.has_new = its.has_new || share.has_new;
        std::set_difference(set.elements.begin(), set.elements.end(), share.addresses.begin(),
                            share.addresses.end(), std::inserter(not_renewed, not_renewed.end()));
        fillings.push_back({set, std::move(share.addresses)});
    }
    // Nobody keeps open what no name may bring in by a connection that he keeps open.
    std::erase_if(not_renewed,
                  [](const auto& address) { return analyzer::why_no_names_address(address) != nullptr; });
    const auto used = in_use(not_renewed);
    for (auto& [set, addresses] : fillings) {
        std::copy_if(set.elements.begin(), set.elements.end(), std::back_inserter(addresses),
                     [&used](const auto& element) { return used.contains(element); });
    }
    for (const auto& [name, why] : fill_each(fillings)) {
        context_.err << "fwlearn: " << name << ": " << why << '\n' << std::flush;
        filled[name].failed = true;
    }
    return filled;
}

void NameRefresh::say_share(const std::string& name, const NameShare& share) {
    if (share.left_out && said_left_out_.insert(name).second) {
        context_.err << fmt::format("fwlearn: {}: answers with {}, which is {}: not added\n", name,
                                    share.left_out->address.to_string(), share.left_out->why)
                     << std::flush;
    }
    if (share.full && said_full_.insert(name).second) {
        context_.err << fmt::format("fwlearn: {}: answers with more addresses than the {} that a set may "
                                    "hold: others are not added before some are forgotten\n",
                                    name, most_in_a_set)
                     << std::flush;
    }
}

void NameRefresh::say_failure(const std::string& name, const collector::names::Looked& looked) {
    const auto both = [&looked](LookUpOutcome outcome) {
        return looked.four.outcome == outcome && looked.six.outcome == outcome;
    };
    std::string text;
    if (looked.answered()) {
        if (!has_failed(looked.four.outcome) && !has_failed(looked.six.outcome)) {
            return;
        }
        text =
            fmt::format(" could not be resolved over IPv{}: its addresses of that version stay as they are",
                        has_failed(looked.four.outcome) ? 4 : 6);
    } else if (both(LookUpOutcome::no_name)) {
        text = " does not exist (NXDOMAIN): its addresses stay as they are";
    } else if (both(LookUpOutcome::no_data)) {
        text = " has no addresses any more: those of its sets stay as they are";
    } else {
        text = " could not be resolved: its addresses stay as they are (is root's DNS admitted?)";
    }
    context_.err << "fwlearn: " << name << text << '\n' << std::flush;
}

} // namespace fwlearn::cli
