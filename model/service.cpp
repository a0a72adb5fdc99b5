#include "model/service.hpp"

namespace fwlearn::model {

std::string Service::to_string() const {
    if (protocol.has_ports()) {
        return protocol.name() + "/" + std::to_string(detail);
    }
    if (protocol.is_icmp()) {
        return protocol.name() + "/" + std::to_string(icmp_type()) + "/" + std::to_string(icmp_code());
    }
    return protocol.name();
}

} // namespace fwlearn::model
