// Which certificate authority certbot asks for new certificates. Used by read_settings(); the readers of
// texts are pure.
#pragma once

#include "findings.hpp"
#include "text.hpp"

namespace fwlearn::collector::host::settings {

std::vector<model::Configured> read_certificates(HostFiles& files);

/// cli.ini: server.
Findings certbot_cli(std::string_view text, const model::ForeignText& file);
/// A file of renewal/: server. Where it has none, `usual` is asked, and named with the line that begins the
/// section; nothing where that is empty, or the text is no renewal's.
Findings certbot_renewal(std::string_view text, const model::ForeignText& file, std::string_view usual);

} // namespace fwlearn::collector::host::settings
