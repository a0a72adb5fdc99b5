#include "hostile_record.hpp"
#include "structure.hpp"

#include <analyzer/render/audit.hpp>
#include <analyzer/render/coverage.hpp>
#include <analyzer/render/dnsmasq.hpp>
#include <analyzer/render/firewalld.hpp>
#include <analyzer/render/flow_json.hpp>
#include <analyzer/render/flow_table.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/render/table.hpp>
#include <analyzer/render/ufw.hpp>
#include <analyzer/suggest.hpp>
#include <model/host_name.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

using namespace fwlearn;
using tests::beginnings;
using tests::is_printable;
using tests::line_count;
using tests::without_foreign_words;

namespace {

/// Tabs at the beginning of a line are the layout's, and nobody else's.
std::string without_indents(const std::string& file) {
    std::string result;
    std::istringstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find_first_not_of('\t');
        result += (begin == std::string::npos ? "" : line.substr(begin)) + '\n';
    }
    return result;
}

/// An nft file as the kernel gets it: without its comments. Checks what the comments hold on the way.
std::string without_comments(const std::string& file) {
    constexpr std::string_view opening = " comment \"";
    std::string result;
    std::istringstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const auto begin = line.find(opening);
        if (begin != std::string::npos) {
            const auto end = line.find('"', begin + opening.size());
            REQUIRE(end == line.size() - 1); // the comment is the last thing on its line
            const auto comment = line.substr(begin + opening.size(), end - begin - opening.size());
            CHECK(comment.size() <= 127);
            CHECK(comment.find_first_not_of(
                      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@:+-% ") ==
                  std::string::npos);
            line.erase(begin);
        }
        result += line + '\n';
    }
    return result;
}

/// ufw's commands as the shell gets them, without comments of either kind. Checks ufw's own on the way.
std::string without_ufw_comments(const std::string& script) {
    constexpr std::string_view opening = " comment '";
    std::string result;
    std::istringstream lines(script);
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const auto begin = line.find(opening);
        if (begin != std::string::npos) {
            REQUIRE(line.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@:+-% ",
                        begin + opening.size()) == line.size() - 1);
            REQUIRE(line.back() == '\'');
            line.erase(begin);
        }
        result += line + '\n';
    }
    return result;
}

/// What an XML parser hands on. A comment ends at its first two hyphens (XML 1.0, 2.5), and these have to be
/// its end.
std::string without_xml_comments(std::string text) {
    for (auto begin = text.find("<!--"); begin != std::string::npos; begin = text.find("<!--")) {
        const auto end = text.find("--", begin + 4);
        REQUIRE(text.compare(end, 3, "-->") == 0);
        text.erase(begin, end + 3 - begin);
    }
    return text;
}

/// The only escape sequences that there may be, as they are in a table with colours.
std::string without_colors(std::string table, std::vector<std::string>& sequences) {
    for (auto at = table.find('\x1b'); at != std::string::npos; at = table.find('\x1b')) {
        const auto end = table.find('m', at);
        REQUIRE(end != std::string::npos);
        sequences.push_back(table.substr(at, end + 1 - at));
        table.erase(at, end + 1 - at);
    }
    return table;
}

struct Outputs {
    std::string nft;
    std::string ufw;
    std::string firewalld;
    std::string json;
    std::string table;
    std::string colored;
    std::string flow_table;
    std::vector<std::string> flows;
    std::string audit_table;
    std::vector<std::string> findings; ///< lines of JSON, then lines of the log
    std::string coverage;
    std::string coverage_json;
};

/// All that an audit against no rule at all prints. Findings are in the order of what programs are called:
/// put into that of destinations, since that is the same whatever the strings.
void add_audit(const model::Record& record, Outputs& outputs) {
    auto findings = analyzer::audit(record, {}).findings;
    std::sort(findings.begin(), findings.end(), [](const auto& one, const auto& other) {
        return one.flow.key.destination < other.flow.key.destination;
    });
    outputs.audit_table = analyzer::render_findings(findings, record, {100, false});
    for (const auto& finding : findings) {
        outputs.findings.push_back(analyzer::finding_to_json(finding, record, "decision"));
        outputs.audit_table += analyzer::finding_line(finding, record.identities) + "\n" +
                               analyzer::render_question(finding, record.identities, {100, false});
    }
}

Outputs outputs_of(std::span<const std::string> strings) {
    const auto record = tests::record_with(strings);
    const auto whitelist = analyzer::suggest(record, tests::whatever_it_is_called());
    // Rules that select nobody, which both firewalls have; the others are comments there.
    auto options = tests::whatever_it_is_called();
    options.by_address = true;
    options.selector = analyzer::SelectorMode::any;
    const auto for_all = analyzer::suggest(record, options);
    Outputs outputs{analyzer::render_nft(whitelist),
                    analyzer::render_ufw(for_all).text + analyzer::render_ufw(whitelist).text,
                    analyzer::render_firewalld(for_all).text + analyzer::render_firewalld(whitelist).text,
                    analyzer::render_json(whitelist),
                    analyzer::render_table(whitelist, {100, false}),
                    analyzer::render_table(whitelist, {100, true}),
                    analyzer::render_flow_table(record.flows, record.identities, record.names, {100, false}),
                    {},
                    {},
                    {},
                    {},
                    {}};
    add_audit(record, outputs);
    const auto report = analyzer::coverage(record);
    outputs.coverage = analyzer::render_coverage(report, {100, false});
    outputs.coverage_json = analyzer::coverage_to_json(report);
    for (const auto& flow : record.flows) {
        outputs.flows.push_back(analyzer::flow_to_json(flow, record.identities, record.names));
        outputs.flow_table += analyzer::flow_line(flow, record.identities, record.names) + "\n";
    }
    return outputs;
}

void check_tables(const Outputs& outputs, const Outputs& harmless) {
    REQUIRE(is_printable(outputs.table));
    REQUIRE(beginnings(outputs.table) == beginnings(harmless.table));
    std::vector<std::string> sequences;
    std::vector<std::string> expected;
    REQUIRE(without_colors(outputs.colored, sequences) == outputs.table);
    REQUIRE(without_colors(harmless.colored, expected) == harmless.table);
    REQUIRE(expected == std::vector<std::string>{"\x1b[1m", "\x1b[0m", "\x1b[33m", "\x1b[0m"});
    REQUIRE(sequences == expected);
    REQUIRE(is_printable(outputs.flow_table));
    REQUIRE(beginnings(outputs.flow_table) == beginnings(harmless.flow_table));
}

void check_audits(const Outputs& outputs, const Outputs& harmless) {
    REQUIRE(is_printable(outputs.audit_table));
    REQUIRE(line_count(outputs.audit_table) == line_count(harmless.audit_table));
    REQUIRE(outputs.findings.size() == tests::places / tests::kinds);
    for (std::size_t index = 0; index < outputs.findings.size(); ++index) {
        REQUIRE(is_printable(outputs.findings[index]));
        REQUIRE(line_count(outputs.findings[index]) == 0);
        REQUIRE(without_foreign_words(nlohmann::json::parse(outputs.findings[index])) ==
                without_foreign_words(nlohmann::json::parse(harmless.findings[index])));
    }
}

void check_coverage(const Outputs& outputs, const Outputs& harmless) {
    REQUIRE(is_printable(outputs.coverage));
    REQUIRE(line_count(outputs.coverage) == line_count(harmless.coverage));
    REQUIRE(is_printable(outputs.coverage_json));
    REQUIRE(line_count(outputs.coverage_json) == 0);
    REQUIRE(without_foreign_words(nlohmann::json::parse(outputs.coverage_json)) ==
            without_foreign_words(nlohmann::json::parse(harmless.coverage_json)));
}

/// Whether the two differ in nothing but the foreign strings themselves.
void check_same_but_for_words(const Outputs& outputs, const Outputs& harmless) {
    const auto nft = without_indents(outputs.nft);
    REQUIRE(is_printable(nft));
    REQUIRE(without_comments(nft) == without_comments(without_indents(harmless.nft)));
    REQUIRE(line_count(outputs.nft) == line_count(harmless.nft));

    REQUIRE(is_printable(outputs.ufw));
    REQUIRE(without_ufw_comments(outputs.ufw) == without_ufw_comments(harmless.ufw));
    REQUIRE(line_count(outputs.ufw) == line_count(harmless.ufw));
    REQUIRE(is_printable(outputs.firewalld));
    REQUIRE(without_xml_comments(outputs.firewalld) == without_xml_comments(harmless.firewalld));
    REQUIRE(line_count(outputs.firewalld) == line_count(harmless.firewalld));

    REQUIRE(is_printable(outputs.json));
    REQUIRE(line_count(outputs.json) == line_count(harmless.json));
    REQUIRE(without_foreign_words(nlohmann::json::parse(outputs.json)) ==
            without_foreign_words(nlohmann::json::parse(harmless.json)));
    REQUIRE(outputs.flows.size() == harmless.flows.size());
    for (std::size_t index = 0; index < outputs.flows.size(); ++index) {
        REQUIRE(is_printable(outputs.flows[index]));
        REQUIRE(line_count(outputs.flows[index]) == 0);
        REQUIRE(without_foreign_words(nlohmann::json::parse(outputs.flows[index])) ==
                without_foreign_words(nlohmann::json::parse(harmless.flows[index])));
    }
    check_tables(outputs, harmless);
    check_audits(outputs, harmless);
    check_coverage(outputs, harmless);
}

/// Different strings, so that no place shares its own with another.
Outputs harmless_outputs() {
    return outputs_of(tests::harmless_strings());
}

} // namespace

TEST_CASE("no known killer changes the structure of any output") {
    const auto harmless = harmless_outputs();
    const auto killers = tests::known_killers();
    for (const auto& killer : killers) {
        CAPTURE(killer);
        check_same_but_for_words(outputs_of(tests::in_every_place(killer)), harmless);
    }
}

TEST_CASE("an answer's name makes a rule only where it is a host's name, and then as it is") {
    auto killers = tests::known_killers();
    std::mt19937_64 random(3);
    for (int number = 0; number < 1000; ++number) {
        killers.push_back(tests::random_bytes(random));
    }
    killers.emplace_back("a.example");
    killers.emplace_back(std::string(63, 'a') + "." + std::string(56, 'b') + ".example"); // 128
    killers.emplace_back(std::string(63, 'a') + "." + std::string(55, 'b') + ".example");
    std::size_t by_name = 0;
    for (const auto& killer : killers) {
        CAPTURE(killer);
        auto record = tests::record_with(std::vector<std::string>{"word"});
        for (auto& binding : record.names) {
            binding.name = model::ForeignText(killer);
            binding.source = model::BindingSource::dns_host;
        }
        for (auto& flow : record.flows) {
            flow.key.name = record.identities.add_name(model::ForeignText(killer));
            flow.key.name_source = model::BindingSource::dns_process;
        }
        const auto whitelist = analyzer::suggest(record, tests::whatever_it_is_called());
        const auto nft = analyzer::render_nft(whitelist);
        const auto dnsmasq = analyzer::render_dnsmasq(whitelist);
        REQUIRE(is_printable(without_indents(nft)));
        REQUIRE(is_printable(dnsmasq));
        // A comment of a set holds 127 octets.
        const bool is_name = model::host_name(killer) == killer && killer.size() <= 127;
        REQUIRE((nft.find("comment \"" + killer + "\"\n\t\telements") != std::string::npos) == is_name);
        REQUIRE((dnsmasq.find("nftset=/" + killer + "/4#inet#fwlearn#n_") != std::string::npos) == is_name);
        REQUIRE((dnsmasq.find("\nnftset=") != std::string::npos) == is_name);
        by_name += is_name ? 1 : 0;
    }
    CHECK(by_name >= 2);
}

TEST_CASE("no random bytes change the structure of any output, whatever kind of name they are") {
    const auto harmless = harmless_outputs();
    std::mt19937_64 random(1);
    for (std::size_t used = 0; used < tests::string_count(); used += tests::places / tests::kinds) {
        CAPTURE(used);
        check_same_but_for_words(outputs_of(tests::random_in_every_place(random)), harmless);
    }
}
