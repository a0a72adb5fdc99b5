#include "analyzer/name_upkeep.hpp"

#include "analyzer/verdict.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace fwlearn::analyzer {
namespace {

/// packaging/fwlearn-refresh.service and its neighbour: both are root's.
constexpr std::array<const char*, 2> units{"/system.slice/fwlearn-refresh.service",
                                           "/system.slice/fwlearn-refresh-watch.service"};

bool may_be_asked(const model::Whitelist& whitelist, const model::Destination& server) {
    return server.address.is_loopback() || std::any_of(units.begin(), units.end(), [&](const char* cgroup) {
               return verdict(whitelist, {model::SocketOwner::user(0, 0), server, model::ForeignText(cgroup)})
                   .accepted;
           });
}

} // namespace

std::vector<model::Address> resolvers_denied_to_refresh(const model::Whitelist& whitelist,
                                                        const std::vector<model::Configured>& configured) {
    if (std::all_of(whitelist.rules.begin(), whitelist.rules.end(),
                    [](const model::Rule& rule) { return rule.by_name.empty(); })) {
        return {};
    }
    std::set<model::Address> denied;
    for (const auto& setting : configured) {
        if (setting.kind != model::ConfiguredKind::resolver || !setting.address ||
            setting.service.protocol != model::protocol::udp) {
            continue;
        }
        if (may_be_asked(whitelist, {setting.service, *setting.address})) {
            return {};
        }
        denied.insert(*setting.address);
    }
    return {denied.begin(), denied.end()};
}

} // namespace fwlearn::analyzer
