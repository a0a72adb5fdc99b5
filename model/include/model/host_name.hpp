// What may stand for a host in a rule, in a configuration file and in a question to a name server: the one
// test that foreign text has to pass before fwlearn believes that it is a name.
// Pure. Used wherever names come in: answers, ClientHellos, requests, settings, imports.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fwlearn::model {

/// A host's name in the form in which names are compared: lower case, without the final dot. Letters, digits,
/// hyphens and underscores in labels of 1 to 63 octets, 253 in all (RFC 1123 2.1, RFC 1035 2.3.4; underscores
/// are no host's, but names that people use have them). Nothing for anything else: an address, a wildcard, a
/// name whose last label is a number (which is an address to inet_aton(3)), bytes that are not ASCII.
std::optional<std::string> host_name(std::string_view text);

} // namespace fwlearn::model
