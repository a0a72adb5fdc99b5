#include "render/nft_chains.hpp"

#include <analyzer/render/flow_json.hpp>
#include <analyzer/render/flow_table.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/render/table.hpp>
#include <analyzer/suggest.hpp>
#include <model/errors.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <sstream>

using namespace fwlearn;
using model::ForeignText;
using model::Service;
using model::SocketOwner;
using nlohmann::json;

namespace {

const auto monday = *model::parse_rfc3339("2026-11-23T07:00:00Z");
const auto www = SocketOwner::user(33, 33);
const auto https = Service::port(model::protocol::tcp, 443);

model::Flow flow(const SocketOwner& owner, const Service& service, const std::string& address) {
    model::Flow result;
    result.key.owner = owner;
    result.key.destination = {service, *model::Address::parse(address)};
    result.counts.count = 1;
    result.counts.answered = 1;
    result.counts.first_seen = result.counts.last_seen = monday;
    result.hours = {model::hour_of(monday)};
    result.hourly = {result.counts.count};
    result.hourly = {result.counts.count};
    return result;
}

/// One flow of a process that is known, with a name, and a little of everything else.
model::Record rich_record() {
    model::Record record;
    record.identities.name_user(33, ForeignText("www-data"));
    record.identities.name_user(34, ForeignText("backup"));
    auto known = flow(www, https, "198.51.100.6");
    model::Process process;
    process.exe = ForeignText("/usr/bin/php");
    process.uid = 34;
    known.key.process = record.identities.add(process);
    known.key.task = record.identities.add(model::Task{model::TaskKind::cron, ForeignText("php-session")});
    known.key.interface = record.identities.add_interface(ForeignText("eth0"));
    known.key.attribution = model::Attribution::inferred;
    record.flows = {flow({}, Service::port(model::protocol::udp, 123), "2001:db8::7"), known,
                    flow(SocketOwner::kernel(), {model::protocol::gre, 0}, "198.51.100.9"),
                    flow(SocketOwner::kernel(), Service::icmp(model::protocol::icmp, 8, 0), "198.51.100.9")};
    record.gaps = {{monday, monday + std::chrono::hours(1), model::GapReason::nflog_overrun, 42}};
    for (const auto* name : {"php", "anybody"}) {
        model::NameBinding binding;
        binding.address = known.key.destination.address;
        binding.name = ForeignText(std::string(name) + ".example.org");
        // Neither is an answer: they label, and the rule stays by address.
        binding.source = model::BindingSource::configuration;
        if (name == std::string("php")) {
            binding.process = known.key.process;
            binding.source = model::BindingSource::tls_sni;
        }
        record.names.insert(record.names.begin(), binding);
    }
    return record;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

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

TEST_CASE("the JSON document's values have the types that are promised") {
    const auto document = json::parse(analyzer::render_json(analyzer::suggest(rich_record())));
    const auto& observed = document.at("observed");
    for (const auto* key : {"flows", "unattributed", "without_owner", "overflowed"}) {
        CHECK_MESSAGE(observed.at(key).is_number_unsigned(), key);
    }
    CHECK(observed.at("gaps") ==
          json::parse(R"([{"since":"2026-11-23T07:00:00.000Z","until":"2026-11-23T08:00:00.000Z",)"
                      R"("reason":"NFLOG overrun","lost":42}])"));
    REQUIRE(document.at("rules").size() == 4);
    for (const auto& rule : document.at("rules")) {
        CHECK(rule.at("id").get<std::string>().find_first_not_of("0123456789abcdef") == std::string::npos);
        CHECK(rule.at("id").get<std::string>().size() == 12);
        for (const auto* key : {"processes", "tasks", "addresses", "names", "warnings"}) {
            CHECK_MESSAGE(rule.at(key).is_array(), key);
        }
        CHECK(rule.at("exposure") == 1);
        for (const auto* key : {"flows", "days", "answered", "refused", "unanswered"}) {
            CHECK_MESSAGE(rule.at("evidence").at(key).is_number_unsigned(), key);
        }
        for (const auto* key : {"first_seen", "last_seen"}) {
            CHECK_MESSAGE(rule.at("evidence").at(key) == "2026-11-23T07:00:00.000Z", key);
        }
        CHECK(rule.at("selector").at("user").is_string());
    }
    const auto& any = document.at("rules")[0];
    CHECK(any.at("selector") == json::parse(R"({"kind":"any","value":"","user":""})"));
    CHECK(any.at("warnings").size() == 1);
    CHECK(any.at("processes").empty());
    CHECK(any.at("tasks").empty());
}

TEST_CASE("a rule's document says its processes with their own users, its tasks and its names") {
    const auto document = json::parse(analyzer::render_json(analyzer::suggest(rich_record())));
    const auto& rule = document.at("rules").back();
    CHECK(rule.at("selector") == json::parse(R"({"kind":"uid","value":"33","user":"www-data"})"));
    CHECK(rule.at("protocol") == "tcp");
    CHECK(rule.at("addresses") == json({"198.51.100.6"}));
    CHECK(rule.at("names") == json({"anybody.example.org", "php.example.org"}));
    CHECK(rule.at("tasks") == json::parse(R"([{"kind":"cron","name":"php-session"}])"));
    CHECK(rule.at("processes") ==
          json::parse(R"([{"exe":"/usr/bin/php","comm":"","uid":34,"user":"backup",)"
                      R"("unit":"","cgroup":"","cmdline":"","script":"","ancestors":[],"deleted":false,)"
                      R"("in_memory":false,"contained":false}])"));
}

TEST_CASE("a record of nothing is a document of nothing, with every part in its place") {
    const auto document = json::parse(analyzer::render_json(analyzer::suggest({})));
    CHECK(document.at("observed").at("since").is_null());
    CHECK(document.at("observed").at("gaps") == json::array());
    CHECK(document.at("rules") == json::array());
    CHECK(document.at("left_out") == json::array());
    CHECK(has(analyzer::render_table(analyzer::suggest({}), {}), "proposed: 0 rules"));
}

TEST_CASE("a flow's line tells the process's user from the socket's, and names only what it learned") {
    const auto record = rich_record();
    const auto& known = record.flows[1];
    const auto line = json::parse(analyzer::flow_to_json(known, record.identities, record.names));
    CHECK(line.at("process").at("uid") == 34);
    CHECK(line.at("process").at("user") == "backup");
    CHECK(line.at("owner") == json::parse(R"({"kind":"user","uid":33,"gid":33,"user":"www-data"})"));
    CHECK(line.at("names") == json({"anybody.example.org", "php.example.org"}));
    CHECK(line.at("attribution") == "inferred");
    CHECK(line.at("interface") == "eth0");
    CHECK(line.at("overflow") == false);

    auto stranger = known;
    stranger.key.process = model::ProcessId::unknown;
    stranger.key.owner = SocketOwner::user(33, model::no_gid);
    const auto other = json::parse(analyzer::flow_to_json(stranger, record.identities, record.names));
    CHECK(other.at("names") == json({"anybody.example.org"}));
    CHECK(other.at("process").at("uid") == 33);
    CHECK(other.at("owner").at("gid").is_null());

    const auto gre = json::parse(analyzer::flow_to_json(record.flows[2], record.identities, {}));
    CHECK(gre.at("port").is_null());
    CHECK(gre.at("protocol") == "gre");
    CHECK(gre.at("owner") == json::parse(R"({"kind":"kernel","uid":null,"gid":null,"user":""})"));
}

TEST_CASE("tables keep to their width from 80 columns on, cut with dots, and have no colour unasked") {
    auto record = rich_record();
    model::Process process;
    process.exe = ForeignText("/opt/" + std::string(200, 'x'));
    record.flows[1].key.process = record.identities.add(process);
    const auto whitelist = analyzer::suggest(record);
    for (const unsigned width : {80U, 100U, 132U}) {
        const auto table = analyzer::render_table(whitelist, {width, false});
        const auto rules = lines_of(table.substr(table.find("RULE  ")));
        REQUIRE(rules.size() == 11); // the heading and four rules, tasks and processes below each, a warning
        for (const auto& line : rules) {
            CHECK(line.size() <= width);
        }
        CHECK(has(table, "..."));
        CHECK(rules[1] == "    TASK  PROCESS");
        const auto flows =
            analyzer::render_flow_table(record.flows, record.identities, record.names, {width, false});
        REQUIRE(lines_of(flows).size() == 10);
        for (const auto& line : lines_of(flows)) {
            CHECK(line.size() <= width);
        }
        CHECK(has(flows, "..."));
        CHECK_FALSE(has(table + flows, "\x1b"));
    }
    const auto wide = analyzer::render_table(whitelist, {600, false});
    CHECK(has(wide, process.exe.raw_bytes()));
    CHECK_FALSE(has(wide, "..."));
}

TEST_CASE("asked for colours, a table has its headings in bold and its warnings in yellow") {
    const auto whitelist = analyzer::suggest(rich_record());
    const auto table = analyzer::render_table(whitelist, {200, true});
    CHECK(has(table, "\x1b[1mRULE"));
    CHECK(has(table, "\x1b[33mwarning: " + whitelist.rules[0].id +
                         ": sender not recorded: this rule admits every user\x1b[0m\n"));
}

TEST_CASE("the table of flows shows a name that holds for the flow, its outcome, and overflow as many") {
    auto record = rich_record();
    auto& known = record.flows[1];
    known.counts.count = 10;
    known.counts.answered = 2;
    known.counts.refused = 3;
    known.counts.unanswered = 4;
    auto many = flow(www, https, "0.0.0.0");
    many.key.overflow = true;
    record.flows.push_back(many);
    const auto lines =
        lines_of(analyzer::render_flow_table(record.flows, record.identities, record.names, {300, false}));
    REQUIRE(lines.size() == 6);
    CHECK(has(lines[2], "2026-11-23T07:00:00Z  www-data"));
    CHECK(has(lines[2], "cron php-session"));
    CHECK(has(lines[2], "anybody.example.org or php.example.org (198.51.100.6)"));
    CHECK(has(lines[2], "2 answered, 3 refused, 4 unanswered, 1 open"));
    CHECK(has(lines[1], "unknown"));
    CHECK(has(lines[3], "kernel"));
    CHECK(has(lines[5], "(many)"));

    record.names = {record.names.back()};
    REQUIRE(record.names[0].process != model::ProcessId::unknown);
    record.flows[1].key.process = model::ProcessId::unknown;
    const auto flows =
        analyzer::render_flow_table(record.flows, record.identities, record.names, {300, false});
    CHECK_FALSE(has(flows, "php.example.org"));
}

TEST_CASE("evidence says when nothing ever answered") {
    model::Record record;
    record.flows = {flow(www, https, "198.51.100.6"),
                    flow(www, Service::port(model::protocol::udp, 53), "198.51.100.7"),
                    flow(www, Service::port(model::protocol::sctp, 9), "198.51.100.8")};
    record.flows[1].counts.answered = 0;
    record.flows[1].counts.refused = 1;
    record.flows[2].counts.answered = 0;
    const auto table = analyzer::render_table(analyzer::suggest(record), {200, false});
    CHECK(has(table, "1 flows, 1 days  "));
    CHECK(has(table, "1 flows, 1 days, refused  "));
    CHECK(has(table, "1 flows, 1 days, never answered  "));
}

TEST_CASE("of many gaps the first few are told one by one and the others counted") {
    auto record = rich_record();
    record.gaps.assign(8, {monday, monday + std::chrono::hours(1), model::GapReason::not_running, {}});
    const auto table = analyzer::render_table(analyzer::suggest(record), {200, false});
    CHECK(has(table, "gaps: 8; what happened in them was not seen\n"));
    CHECK(has(table, "  and 3 more: fwlearn status\n"));
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
