#include "time.hpp"

#include <model/ascii.hpp>

namespace fwlearn::collector::host::settings {
namespace {

/// server, pool or peer: HOST [OPTION...].
void add_source(Findings& findings, const Place& place, const std::vector<std::string_view>& words) {
    auto source = words.size() > 1 ? endpoint(words[1], {}) : std::nullopt;
    if (!source) {
        return;
    }
    bool nts = false;
    std::uint16_t nts_port = 4460;
    for (std::size_t i = 2; i < words.size(); ++i) {
        const auto option = model::lower_case(words[i]);
        const auto value = port_number(i + 1 < words.size() ? words[i + 1] : "").value_or(0);
        nts = nts || option == "nts";
        if (option == "port" && value != 0) {
            source->port = value;
        } else if (option == "ntsport" && value != 0) {
            nts_port = value;
        }
    }
    add_clock(findings, place, *source, nts, nts_port);
}

} // namespace

Findings chrony_conf(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    Lines lines(text);
    while (const auto line = lines.next()) {
        const auto words = words_of(line->text);
        if (words.empty() || words[0].find_first_of("!;#%") == 0) {
            continue;
        }
        const auto directive = model::lower_case(words[0]);
        const Place place{model::ConfiguredKind::time, file, line->number};
        if (directive == "server" || directive == "pool" || directive == "peer") {
            add_source(findings, place, words);
        } else if (directive == "initstepslew") { // THRESHOLD HOST...
            for (std::size_t i = 2; i < words.size(); ++i) {
                if (const auto server = endpoint(words[i], {})) {
                    add_clock(findings, place, *server, false);
                }
            }
        } else if (directive == "include" && words.size() > 1) {
            findings.include(std::string(words[1]));
        } else if (directive == "confdir" || directive == "sourcedir") {
            for (std::size_t i = 1; i < words.size(); ++i) {
                findings.include(std::string(words[i]) + (directive == "confdir" ? "/*.conf" : "/*.sources"));
            }
        }
    }
    return findings;
}

} // namespace fwlearn::collector::host::settings
