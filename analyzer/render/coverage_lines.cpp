#include "coverage_lines.hpp"

#include "analyzer/render/unmatched.hpp"
#include "gaps.hpp"
#include "rule_words.hpp"

#include <model/counted.hpp>
#include <model/vocabulary.hpp>

#include <fmt/format.h>

#include <map>

namespace fwlearn::analyzer {
namespace {

/// "12.3 % (45)"
std::string share(std::uint64_t part, std::uint64_t whole) {
    const double percent = whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    return fmt::format("{:.1f} % ({})", percent, part);
}

void add_gaps(const model::Coverage& coverage, std::vector<std::string>& lines) {
    constexpr std::size_t shown = 5;
    if (coverage.gaps.empty()) {
        lines.emplace_back("gaps: none known");
        return;
    }
    lines.push_back(fmt::format("gaps: {}; what happened in them was not seen", coverage.gaps.size()));
    for (std::size_t index = 0; index < std::min(shown, coverage.gaps.size()); ++index) {
        lines.push_back("  " + gap_words(coverage.gaps[index]));
    }
    if (coverage.gaps.size() > shown) {
        lines.push_back(fmt::format("  and {} more: fwlearn status", coverage.gaps.size() - shown));
    }
}

/// What another firewall of this host does not let out: a whitelist cannot help it.
void add_existing(const model::ExistingDenials& existing, std::vector<std::string>& lines) {
    constexpr std::size_t shown = 5;
    constexpr std::size_t longest = 160;
    if (existing.denied.empty()) {
        lines.emplace_back(
            "the firewall that is there: denies none of these flows, as far as it is understood");
    } else {
        std::uint64_t flows = 0;
        for (const auto& denial : existing.denied) {
            flows += denial.flows;
        }
        lines.push_back(fmt::format(
            "the firewall that is there: denies {} of these flows, whatever this whitelist says", flows));
    }
    for (std::size_t index = 0; index < std::min(shown, existing.denied.size()); ++index) {
        const auto& denial = existing.denied[index];
        const auto by = model::for_terminal(denial.by);
        lines.push_back(fmt::format("  {} of {} to {} {}: by {}", model::counted(denial.flows, "flow"),
                                    task_words(denial.task), denial.destination.address.to_string(),
                                    denial.destination.service.to_string(),
                                    by.size() > longest ? by.substr(0, longest) + "..." : by));
    }
    if (existing.denied.size() > shown) {
        lines.push_back(
            fmt::format("  and {} more: fwlearn suggest -o json", existing.denied.size() - shown));
    }
    if (existing.cannot_tell > 0) {
        lines.push_back(
            fmt::format("  of {} flows it cannot be told: they meet rules that fwlearn does not understand",
                        existing.cannot_tell));
    }
}

} // namespace

std::vector<std::string> coverage_lines(const model::Whitelist& whitelist) {
    const auto& coverage = whitelist.coverage;
    std::vector<std::string> lines;
    lines.push_back(fmt::format("observed: {} to {}, {}",
                                coverage.since ? model::to_rfc3339(*coverage.since) : "never",
                                coverage.until ? model::to_rfc3339(*coverage.until) : "never",
                                model::counted(coverage.flows, "flow")));
    add_gaps(coverage, lines);
    lines.push_back(fmt::format("not attributed to a process: {}; sent by nobody known: {}",
                                share(coverage.unattributed, coverage.flows),
                                share(coverage.without_owner, coverage.flows)));
    if (coverage.overflowed > 0) {
        lines.push_back(fmt::format("folded, since there were too many destinations: {}",
                                    share(coverage.overflowed, coverage.flows)));
    }
    lines.insert(lines.end(), coverage.summary.begin(), coverage.summary.end());
    lines.emplace_back(
        "never seen here: AF_PACKET senders (some DHCP clients) and ARP, which pass no OUTPUT chain");
    std::map<std::string, std::uint64_t> reasons;
    for (const auto& left_out : whitelist.left_out) {
        reasons[left_out.reason] += left_out.flow.counts.count;
    }
    for (const auto& [reason, flows] : reasons) {
        lines.push_back(fmt::format("left out: {}: {}", model::counted(flows, "flow"), reason));
    }
    if (whitelist.existing) {
        add_existing(*whitelist.existing, lines);
    }
    for (auto& line : unmatched_lines(whitelist)) {
        lines.push_back(std::move(line));
    }
    return lines;
}

} // namespace fwlearn::analyzer
