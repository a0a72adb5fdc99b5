#include "firewall/accounting.hpp"

#include <model/errors.hpp>

#include <cerrno>
#include <fstream>

namespace fwlearn::firewall {
namespace {

constexpr const char* setting = "/proc/sys/net/netfilter/nf_conntrack_acct";

bool write_setting(bool enabled) {
    std::ofstream file(setting);
    file << (enabled ? "1\n" : "0\n") << std::flush;
    return file.good();
}

} // namespace

bool accounting_enabled() {
    std::ifstream file(setting);
    char value = '0';
    return (file >> value) && value == '1';
}

Accounting::Accounting() : was_enabled_(accounting_enabled()) {
    if (!was_enabled_ && !write_setting(true)) {
        throw model::SystemError(std::string("cannot turn on ") + setting, errno);
    }
}

Accounting::~Accounting() {
    if (!was_enabled_) {
        write_setting(false);
    }
}

} // namespace fwlearn::firewall
