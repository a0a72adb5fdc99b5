#include "time.hpp"

#include <algorithm>

namespace fwlearn::collector::host::settings {

Findings ntp_conf(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    Lines lines(text);
    while (const auto line = lines.next()) {
        const auto words = words_of(before(line->text, "#"));
        if (words.size() < 2) {
            continue;
        }
        if (words[0] == "includefile") { // a file, or a folder's *.conf
            const std::string name(unquoted(words[1]));
            findings.include(name);
            findings.include(name + "/*.conf");
        }
        if (words[0] != "server" && words[0] != "pool" && words[0] != "peer") {
            continue;
        }
        // -4 and -6 may stand before the host. Reference clocks are at 127.127.0.0/16, which is loopback.
        const std::size_t host = words[1] == "-4" || words[1] == "-6" ? 2 : 1;
        const auto server = host < words.size() ? endpoint(words[host]) : std::nullopt;
        if (!server) {
            continue;
        }
        // With NTS a port is that of the key exchange (ntp.conf(5) of ntpsec, nts).
        const bool nts = std::find(words.begin(), words.end(), "nts") != words.end();
        auto clock = *server;
        clock.port = 0;
        add_clock(findings, {model::ConfiguredKind::time, file, line->number}, clock, nts,
                  server->port == 0 ? 4460 : server->port);
    }
    return findings;
}

} // namespace fwlearn::collector::host::settings
