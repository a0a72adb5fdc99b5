// Any bytes in the place of what people type and what rules are found by: times, spans, ports, prefixes,
// addresses, names, patterns. What is understood is within its bounds and reads the same once more; what is
// not is refused in one printable line.
#include "expect.hpp"

#include <analyzer/patterns.hpp>
#include <firewall/unit_sets.hpp>
#include <model/errors.hpp>
#include <model/host_name.hpp>
#include <model/vocabulary.hpp>

#include <ancestor_list.hpp>
#include <cli/flow_filter.hpp>
#include <cli/time_argument.hpp>
#include <simulated_drops.hpp>

#include <functional>

namespace {

using namespace fwlearn;
using fuzz::expect;
using fuzz::is_printable;

void or_refused(const std::function<void()>& reading) {
    try {
        reading();
    } catch (const model::UsageError& error) {
        expect(*error.what() != '\0' && is_printable(error.what()));
    }
}

void check_times(std::string_view text) {
    const auto now = *model::parse_rfc3339("2026-11-25T12:00:00Z");
    or_refused([&] { expect(cli::parse_duration(text) > std::chrono::milliseconds(0)); });
    or_refused([&] {
        const auto time = cli::parse_time(text, now);
        const auto printed = model::to_rfc3339(time);
        expect(cli::parse_time(printed, now) == model::parse_rfc3339(printed));
    });
    or_refused([&] {
        const auto drops = cli::parse_simulated_drops(text);
        expect(drops.of > 0 && drops.drop <= drops.of);
    });
}

void check_addresses(std::string_view text) {
    if (const auto address = model::Address::parse(text)) {
        expect(model::Address::parse(address->to_string()) == address);
    }
    if (const auto prefix = model::Prefix::parse(text)) {
        expect(model::Prefix::parse(prefix->to_string()) == prefix && prefix->contains(prefix->address()));
    }
    if (const auto name = model::host_name(text)) {
        expect(model::host_name(*name) == name && name->size() <= 253 && is_printable(*name));
    }
    or_refused([&] { cli::FlowFilter().parse_port(text); });
    or_refused([&] { cli::FlowFilter().parse_destination(text); });
}

void check_words(std::string_view text) {
    const model::ForeignText foreign(text);
    expect(is_printable(model::for_terminal(foreign)));
    expect(model::for_rule_comment(foreign).size() <= 127 && is_printable(model::for_rule_comment(foreign)));
    expect(analyzer::matches(analyzer::pattern_for(foreign), text));
    (void)analyzer::matches(text, "/usr/sbin/cron");
    (void)firewall::cgroup_of_comment(text);
    const auto ancestors = sql::split_ancestors(foreign);
    expect(sql::split_ancestors(model::ForeignText(sql::joined_ancestors(ancestors))) == ancestors);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    check_times(text);
    check_addresses(text);
    check_words(text);
    return 0;
}
