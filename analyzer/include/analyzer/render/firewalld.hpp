// A whitelist as a policy of firewalld's, HOST to ANY: firewalld.policy(5). firewalld knows neither users nor
// names: rules that need them are left out and listed, never widened. Called by cli.
#pragma once

#include "analyzer/render/rendered.hpp"

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

Rendered render_firewalld(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
