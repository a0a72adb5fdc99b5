#include "opened_by.hpp"

namespace fwlearn::collector {
namespace {

Tuple turned(const Tuple& tuple) {
    const auto& service = tuple.destination.service;
    return {tuple.destination.address,
            {model::Service::port(service.protocol, tuple.source_detail), tuple.source},
            service.detail};
}

} // namespace

OpenedBy::OpenedBy(const LocalAddresses& local) {
    dump_conntrack([&](const ConntrackEntry& entry) {
        const auto& [source, destination, detail] = entry.tuple;
        if (entry.picked_up || !destination.service.protocol.has_ports()) {
            return;
        }
        if (local.contains(source)) {
            here_.insert(entry.tuple);
        } else if (local.contains(destination.address)) {
            there_.insert(turned(entry.tuple));
        }
    });
}

bool OpenedBy::by_the_other_end(const OpenSocket& open) const {
    return there_.contains(open.tuple) || (open.inbound && !here_.contains(open.tuple));
}

} // namespace fwlearn::collector
