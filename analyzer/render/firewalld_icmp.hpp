// The names that firewalld has for ICMP types (/usr/lib/firewalld/icmptypes), and what each of them admits:
// most take a type with all its codes. Private to render.
#pragma once

#include <model/service.hpp>

namespace fwlearn::analyzer {

/// The name of exactly these types and codes; nullptr where there is none.
const char* firewalld_icmp_type(const model::Protocol& protocol, const model::DetailRange& details);

} // namespace fwlearn::analyzer
