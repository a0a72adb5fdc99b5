#include "left_out.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

constexpr std::string_view decided = "decided: ";

} // namespace

void put_in_order(std::vector<model::LeftOut>& left_out, const model::Identities& identities) {
    const auto content = [&identities](const model::LeftOut& one) {
        const auto& key = one.flow.key;
        return std::tuple<model::Destination, model::SocketOwner, bool, model::FlowVerdict,
                          model::Attribution, const model::Process&, const model::Process&,
                          const model::Task&, const model::ForeignText&, const model::ForeignText&,
                          model::BindingSource>(
            key.destination, key.owner, key.overflow, key.verdict, key.attribution,
            identities.process(key.process), identities.process(key.creator), identities.task(key.task),
            identities.interface(key.interface), identities.name(key.name), key.name_source);
    };
    std::sort(left_out.begin(), left_out.end(),
              [&content](const auto& one, const auto& other) { return content(one) < content(other); });
}

std::string decided_reason(const model::Decision& decision) {
    auto reason = std::string(decided) + "denied in line " + std::to_string(decision.line);
    return decision.text.empty() ? reason : reason + ": " + model::for_terminal(decision.text);
}

bool may_be_allowed(const model::LeftOut& left_out) {
    // What needs no rule, what none can tell, and who is not known to have sent: select's own words.
    constexpr std::string_view settled[] = {decided,
                                            "overflow: ",
                                            "loopback ",
                                            "always accepted: ",
                                            "ICMP of the other IP version: ",
                                            "sender not recorded; "};
    return std::none_of(std::begin(settled), std::end(settled),
                        [&left_out](auto words) { return left_out.reason.starts_with(words); });
}

bool is_decided(const model::LeftOut& left_out) {
    return left_out.reason.starts_with(decided);
}

} // namespace fwlearn::analyzer
