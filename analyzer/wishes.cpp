#include "wishes.hpp"

#include "sender_names.hpp"
#include "take_in.hpp"
#include "widen.hpp"
#include "widen_as_decided.hpp"

#include <algorithm>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

auto content(const model::NamedAddresses& known) {
    return std::tie(known.name, known.and_below, known.addresses, known.ttl);
}

bool may_have_ports(std::span<const Need> needs) {
    return needs.front().destination.service.protocol.has_ports();
}

/// Sorts `names` and takes those out that are there twice; the wishes keep theirs.
void put_in_order(Wishes& wishes) {
    auto& names = wishes.names;
    std::vector<std::uint32_t> order(names.size());
    for (std::uint32_t index = 0; index < order.size(); ++index) {
        order[index] = index;
    }
    std::sort(order.begin(), order.end(), [&names](auto one, auto other) {
        return std::pair(content(names[one]), one) < std::pair(content(names[other]), other);
    });
    std::vector<std::uint32_t> position(names.size());
    std::vector<model::NamedAddresses> sorted;
    for (const auto index : order) {
        if (sorted.empty() || content(sorted.back()) != content(names[index])) {
            sorted.push_back(names[index]);
        }
        position[index] = static_cast<std::uint32_t>(sorted.size() - 1);
    }
    for (auto& wish : wishes.list) {
        if (wish.name != Wish::by_address) {
            wish.name = position[wish.name];
        }
    }
    names = std::move(sorted);
}

template <typename Value, typename Use>
void for_each_selector(std::span<Value> of_all, const Use& use) {
    for (std::size_t begin = 0; begin < of_all.size();) {
        auto end = begin + 1;
        while (end < of_all.size() && of_all[end].selector == of_all[begin].selector) {
            ++end;
        }
        use(of_all.subspan(begin, end - begin));
        begin = end;
    }
}

} // namespace

Wishes wishes_for(const model::Record& record, const Places& places, std::span<const Need> needs,
                  const SuggestOptions& options, Decided& decided) {
    Wishes wishes;
    wishes.list.reserve(needs.size());
    for_each_selector(needs, [&](std::span<const Need> of_one) {
        const auto begin = wishes.list.size();
        SenderNames names;
        if (options.by_address) {
            names.of_need.assign(of_one.size(), Wish::by_address);
        } else {
            names = names_of_sender(record, places, of_one);
        }
        const auto offset = static_cast<std::uint32_t>(wishes.names.size());
        std::move(names.known.begin(), names.known.end(), std::back_inserter(wishes.names));
        for (std::size_t index = 0; index < of_one.size(); ++index) {
            const auto& need = of_one[index];
            const auto name = names.of_need[index];
            wishes.list.push_back({need.selector, name == Wish::by_address ? name : name + offset,
                                   model::Prefix(need.destination.address), need.destination.service.detail,
                                   need.flow, need.flags});
        }
        const auto mine = std::span(wishes.list).subspan(begin);
        switch (options.widening) {
        case Widening::none:
            break;
        case Widening::subnet:
            widen_to_subnets(mine);
            break;
        case Widening::name:
            widen_to_domains(mine, wishes.names);
            break;
        case Widening::port:
            if (may_have_ports(needs)) {
                widen_to_ports(mine);
            }
            break;
        }
        if (!options.decisions.empty()) {
            widen_as_decided(record, mine, wishes.names, decided);
        }
    });
    put_in_order(wishes);
    for_each_selector(std::span(wishes.list), take_in); // when equal names are one place
    return wishes;
}

} // namespace fwlearn::analyzer
