// A whitelist as a file for nft: chains and sets, what denies, and how it replaces what was there.
#include "render/nft_chains.hpp"
#include "rendered_record.hpp"

#include <analyzer/render/nft.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn;
using namespace fwlearn::analyzer::render_test;

TEST_CASE("services of one selector that lead to the same rules share a chain") {
    model::Whitelist whitelist;
    whitelist.rules.resize(3);
    whitelist.rules[0].selectors =
        whitelist.rules[1].selectors = {{model::SelectorKind::uid, 33, {}, {}, {}}};
    whitelist.rules[0].protocol = whitelist.rules[1].protocol = model::protocol::tcp;
    whitelist.rules[0].details = {80, 443};
    whitelist.rules[1].details = {80, 443, 8080};
    whitelist.rules[2].selectors = {{model::SelectorKind::kernel, 0, {}, {}, {}}};
    whitelist.rules[2].protocol = model::protocol::icmp;
    whitelist.rules[2].details = {8U << 8U};
    const auto selectors = analyzer::nft_selectors(whitelist);
    REQUIRE(selectors.size() == 2);
    CHECK(selectors[0].name == "kernel");
    REQUIRE(selectors[0].chains.size() == 1);
    CHECK(selectors[0].chains[0].name == "kernel_icmp_8_0");
    const auto& www_data = selectors[1];
    CHECK(www_data.name == "uid_33");
    REQUIRE(www_data.chains.size() == 2);
    CHECK(www_data.chains[0].name == "uid_33_tcp_80");
    CHECK(www_data.chains[0].rules ==
          std::vector<const model::Rule*>{&whitelist.rules[0], &whitelist.rules[1]});
    CHECK(www_data.chains[1].name == "uid_33_tcp_8080");
    CHECK(www_data.chains[1].rules == std::vector<const model::Rule*>{&whitelist.rules[1]});
    REQUIRE(www_data.services.size() == 3);
    CHECK(www_data.services[1].details == model::DetailRange(443));
    CHECK(www_data.services[1].chain == 0);
    CHECK(www_data.services[2].details == model::DetailRange(8080));
    CHECK(www_data.services[2].chain == 1);
}

TEST_CASE("ranges of ports are cut where another rule's begin or end, and overlap nowhere") {
    model::Whitelist whitelist;
    whitelist.rules.resize(2);
    for (auto& rule : whitelist.rules) {
        rule.selectors = {{model::SelectorKind::uid, 33, {}, {}, {}}};
        rule.protocol = model::protocol::tcp;
    }
    whitelist.rules[0].details = {model::DetailRange(1024, 65535)};
    whitelist.rules[1].details = {80, 8080};
    const auto selectors = analyzer::nft_selectors(whitelist);
    REQUIRE(selectors.size() == 1);
    const auto& services = selectors[0].services;
    REQUIRE(services.size() == 4);
    CHECK(services[0].details == model::DetailRange(80));
    CHECK(services[1].details == model::DetailRange(1024, 8079));
    CHECK(services[2].details == model::DetailRange(8080));
    CHECK(services[3].details == model::DetailRange(8081, 65535));
    CHECK(services[1].chain == services[3].chain);
    CHECK(selectors[0].chains[services[2].chain].rules ==
          std::vector<const model::Rule*>{&whitelist.rules[0], &whitelist.rules[1]});
}

TEST_CASE(
    "a rule by unit looks into a set that is empty when the file is loaded, and names no cgroup in a rule") {
    model::Whitelist whitelist;
    whitelist.rules.resize(1);
    whitelist.rules[0].selectors = {{model::SelectorKind::unit,
                                     0,
                                     ForeignText("php.service"),
                                     ForeignText("system.slice/php.service"),
                                     {}}};
    whitelist.rules[0].protocol = model::protocol::tcp;
    whitelist.rules[0].details = {443};
    const auto file = analyzer::render_nft(whitelist);
    CHECK(file.find("socket cgroupv2 level 2 @u_php_service_") != std::string::npos);
    CHECK(file.find("type cgroupsv2\n\t\tcomment \"system.slice/php.service\"\n\t}") != std::string::npos);
    CHECK(file.find("elements = {\n\t\t\t\"system") == std::string::npos);
    CHECK(file.find("fwlearn refresh --units") != std::string::npos);
    CHECK(analyzer::render_nft(analyzer::suggest(rich_record())).find("--units") == std::string::npos);
}

TEST_CASE("the nft file replaces its own table and touches no other") {
    const auto file = analyzer::render_nft(analyzer::suggest(rich_record()));
    const auto declared = file.find("\ntable inet fwlearn\n");
    const auto removed = file.find("\ndelete table inet fwlearn\n");
    const auto filled = file.find("\ntable inet fwlearn {\n");
    CHECK(declared < removed);
    CHECK(removed < filled);
    CHECK(filled != std::string::npos);
    CHECK_FALSE(has(file, "flush"));
    CHECK_FALSE(has(file, "sport"));
}

TEST_CASE("in the nft file the way out comes first and the kernel's rules last") {
    const auto file = analyzer::render_nft(analyzer::suggest(rich_record()));
    const auto chain = lines_of(file.substr(file.find("\tchain output {")));
    std::vector<std::string> rules;
    for (const auto& line : chain) {
        const auto begin = line.find_first_not_of('\t');
        if (begin == 2 && line[begin] != '#') {
            rules.push_back(line.substr(begin));
        }
    }
    const std::vector<std::string> expected{
        "type filter hook output priority mangle - 1; policy drop;",
        "ct state established,related accept",
        "oifname \"lo\" accept",
        "icmp type { 3, 11, 12 } accept comment \"path-MTU and error messages\"",
        "icmpv6 type { 1, 2, 3, 4 } accept comment \"path-MTU and error messages\"",
        "icmpv6 type { 133, 135, 136 } accept comment \"IPv6 neighbour discovery\"",
        "icmpv6 type { 131, 132, 143 } accept comment \"IPv6 multicast listener reports\"",
        "meta nfproto ipv4 meta skuid <= 999 udp dport 67 accept comment \"DHCP renewal\"",
        "meta nfproto ipv6 meta skuid <= 999 udp dport 547 accept comment \"DHCPv6 renewal\"",
        "meta l4proto . th dport vmap @any_ports",
        "meta skuid vmap @by_user",
        "meta skuid >= 0 goto deny",
        "icmp type . icmp code vmap @kernel_icmp",
        "meta l4proto vmap @kernel_protocols",
        "goto deny"};
    CHECK(rules == expected);
}

TEST_CASE("a set has the interval flag exactly where it holds a prefix") {
    model::Record record;
    record.flows = {flow(www, https, "198.51.100.6"), flow(www, https, "198.51.100.7"),
                    flow(www, https, "2001:db8::1")};
    const auto whitelist = analyzer::suggest(record);
    REQUIRE(whitelist.rules.size() == 1);
    const auto file = analyzer::render_nft(whitelist);
    const auto& id = whitelist.rules[0].id;
    CHECK(has(file, "\tset r_" + id +
                        "_4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\telements = {\n\t\t\t"
                        "198.51.100.6/31 }\n\t}\n"));
    CHECK(has(file,
              "\tset r_" + id + "_6 {\n\t\ttype ipv6_addr\n\t\telements = {\n\t\t\t2001:db8::1 }\n\t}\n"));
    CHECK(has(file, "ip daddr @r_" + id + "_4 accept comment \"" + id));
    CHECK(has(file, "ip6 daddr @r_" + id + "_6 accept comment \"" + id));
}

TEST_CASE("an nft comment is cut to what the kernel holds, and the head of the file has more of it") {
    auto record = rich_record();
    for (int index = 0; index < 20; ++index) {
        model::NameBinding binding;
        binding.address = *model::Address::parse("198.51.100.6");
        binding.name = ForeignText("host" + std::to_string(100 + index) + ".example.org");
        binding.source = model::BindingSource::configuration;
        record.names.push_back(binding);
    }
    const auto file = analyzer::render_nft(analyzer::suggest(record));
    const auto comment = file.find(" accept comment \"", file.find("chain uid_33_tcp_443 {"));
    const auto begin = file.find('"', comment) + 1;
    const auto length = file.find('"', begin) - begin;
    CHECK(length <= 127);
    CHECK(length > 100);
    CHECK(has(file.substr(begin, length), " www-data php-session /usr/bin/php anybody.example.org"));
    CHECK(has(file.substr(0, file.find("\ntable ")), " more\n"));
}

TEST_CASE("an nft comment and the head of the file name a program once, whoever started it") {
    auto record = rich_record();
    for (const auto* unit : {"a.service", "b.service"}) {
        auto again = record.flows[1];
        model::Process process;
        process.exe = ForeignText("/usr/bin/php");
        process.uid = 34;
        process.unit = ForeignText(unit);
        again.key.process = record.identities.add(process);
        record.flows.push_back(again);
    }
    const auto whitelist = analyzer::suggest(record);
    REQUIRE(std::any_of(whitelist.rules.begin(), whitelist.rules.end(),
                        [](const auto& rule) { return rule.processes.size() == 3; }));
    for (const auto& line : lines_of(analyzer::render_nft(whitelist))) {
        const auto first = line.find("/usr/bin/php");
        CHECK((first == std::string::npos || line.find("/usr/bin/php", first + 1) == std::string::npos));
    }
}

TEST_CASE("the nft file tells every denied packet before it is stopped, and the kernel's own log at a "
          "limited rate") {
    const auto file = analyzer::render_nft(analyzer::suggest(rich_record()));
    CHECK(has(file, "\n\tcounter denied {\n\t}\n"));
    CHECK(has(file, "\n\tchain deny {\n"
                    "\t\tcounter name \"denied\"\n"
                    "\t\tlog prefix \"fwlearn denied\" group 61 snaplen 128 queue-threshold 1\n"
                    "\t\tlimit rate 6/minute burst 10 packets log prefix \"fwlearn denied: \" flags skuid\n"
                    "\t\ttcp flags & (fin|syn|rst|ack) == syn reject with tcp reset\n"
                    "\t\tmeta l4proto tcp drop\n"
                    "\t\treject with icmpx admin-prohibited\n"
                    "\t}\n"));
}

TEST_CASE("on trial the nft file denies nothing, and counts and tells what it would deny") {
    const auto whitelist = analyzer::suggest(rich_record());
    const auto file = analyzer::render_nft(whitelist, {.shadow = true, .group = 97});
    CHECK(has(file, "\n\tchain deny {\n"
                    "\t\tcounter name \"shadowed\"\n"
                    "\t\tlog prefix \"fwlearn shadowed\" group 97 snaplen 128 queue-threshold 1\n"
                    "\t\tlimit rate 6/minute burst 10 packets log prefix \"fwlearn shadowed: \" flags skuid\n"
                    "\t\taccept\n"
                    "\t}\n"));
    CHECK(has(file, "hook output priority mangle - 1; policy accept;"));
    for (const auto* const stops : {"reject", "drop", "counter denied"}) {
        CHECK_FALSE(has(file, stops));
    }
    // What it lets through for a rule, and what it looks into, is as in the file that denies.
    const auto plain = analyzer::render_nft(whitelist);
    const auto rules = [](const std::string& text) {
        const auto begin = text.find("\n\tset ");
        return text.substr(begin, text.find("\n\tchain deny {") - begin);
    };
    CHECK(rules(file) == rules(plain));
}

TEST_CASE("for one unit alone the nft file judges what its cgroup sends, and accepts all else") {
    const model::Selector unit{model::SelectorKind::unit,
                               0,
                               ForeignText("cron.service"),
                               ForeignText("system.slice/cron.service"),
                               {}};
    const auto file = analyzer::render_nft(analyzer::suggest(rich_record()), {.unit = unit});
    CHECK(has(file, "\tset u_cron_service_fffd3e15 {\n\t\ttype cgroupsv2\n\t\tcomment "
                    "\"system.slice/cron.service\"\n\t}\n"));
    CHECK(has(file, "refresh --units"));
    const auto output = file.substr(file.find("\tchain output {"));
    CHECK(has(output,
              "policy accept;\n\t\tsocket cgroupv2 level 2 @u_cron_service_fffd3e15 goto judged\n\t}\n}\n"));
    const auto judged = file.substr(file.find("\tchain judged {"));
    CHECK(has(judged,
              "\tchain judged {\n\t\tct state established,related accept\n\t\toifname \"lo\" accept\n"));
    CHECK(has(judged.substr(0, judged.find("\t}\n")), "\t\tgoto deny\n"));
    // Once, also where a rule is by the same unit.
    CHECK(file.find("set u_cron_service_fffd3e15") == file.rfind("set u_cron_service_fffd3e15"));
}
