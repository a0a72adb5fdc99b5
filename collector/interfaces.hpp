// Names of network interfaces by index, asked for once each. Knows nothing of flows. Used by the observer.
#pragma once

#include <model/identities.hpp>

#include <cstdint>
#include <map>

namespace fwlearn::collector {

class Interfaces {
  public:
    /// Unknown for an index that no interface has any more.
    model::InterfaceId id(std::uint32_t index, model::Identities& identities);

  private:
    std::map<std::uint32_t, model::InterfaceId> ids_;
};

} // namespace fwlearn::collector
