#include "mail.hpp"

namespace fwlearn::collector::host::settings {

std::vector<model::Configured> read_mail(HostFiles& files) {
    auto all = read_each(files, {"/etc/postfix/main.cf"}, postfix_main);
    all.append(read_each(files, {"/etc/msmtprc"}, msmtprc));
    all.append(read_each(files, {"/etc/exim4/update-exim4.conf.conf"}, exim_conf));
    return std::move(all.entries);
}

} // namespace fwlearn::collector::host::settings
