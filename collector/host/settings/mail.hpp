// To which relays the host's mail programs give all mail. Used by read_settings(); the readers of texts are
// pure.
#pragma once

#include "findings.hpp"
#include "text.hpp"

namespace fwlearn::collector::host::settings {

std::vector<model::Configured> read_mail(HostFiles& files);

/// postconf(5): relayhost.
Findings postfix_main(std::string_view text, const model::ForeignText& file);
/// msmtp(1): host, port and proxy_host of each account.
Findings msmtprc(std::string_view text, const model::ForeignText& file);
/// update-exim4.conf(8): dc_smarthost.
Findings exim_conf(std::string_view text, const model::ForeignText& file);

} // namespace fwlearn::collector::host::settings
