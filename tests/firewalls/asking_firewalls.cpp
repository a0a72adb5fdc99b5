#include "asking_firewalls.hpp"

#include <ground/temporary.hpp>

#include <fstream>

namespace fwlearn::firewalls_test {

Firewall ufw() {
    return {R"(
ufw() { command ufw --dry-run "$@" >/dev/null; }
set --
. /exchange/file
)",
            R"(
sh /exchange/file
ufw --force enable
)"};
}

Firewall firewalld() {
    // It is asked until it answers or has ended. Being killed with everything else here, it leaves its rules.
    return {R"(
cp /exchange/file /etc/firewalld/policies/fwlearn.xml
firewall-offline-cmd --check-config
)",
            R"(
cp /exchange/file /etc/firewalld/policies/fwlearn.xml
mkdir -p /run/dbus
dbus-daemon --system --fork --nopidfile
firewalld --nofork --nopid &
until firewall-cmd --quiet --state; do
    kill -0 $!
done
firewall-cmd --get-active-policies
test ! -s /var/log/firewalld || ! grep -E 'ERROR|WARNING' /var/log/firewalld >&2
)"};
}

kernel_test::Result ask(const kernel_test::Lab& lab, const std::string& script, const std::string& text) {
    const kernel_test::TemporaryDirectory work;
    std::ofstream(work.path() / "file") << text;
    return kernel_test::run(
        {FWLEARN_FIREWALLS_INSIDE, FWLEARN_FIREWALLS_IMAGE, work.path().string(), "/bin/sh", "-euc", script},
        {.netns = lab.server().name()});
}

} // namespace fwlearn::firewalls_test
