#include "zeek_samples.hpp"

#include <model/errors.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace fwlearn::import;
using namespace fwlearn::import::samples;

namespace {

std::string line(std::string_view time, std::string_view client, std::string_view query,
                 std::string_view type, std::string_view code, std::string_view answers) {
    std::string out;
    for (const auto part :
         {time, std::string_view("C1"), client, std::string_view("40000"), std::string_view("198.51.100.53"),
          std::string_view("53"), std::string_view("udp"), std::string_view("7"), std::string_view("0.01"),
          query, std::string_view("1"), std::string_view("C_INTERNET"), type, std::string_view("-"), code,
          std::string_view("-")}) {
        out += std::string(part) + "\t";
    }
    return out + "F\tF\tT\tT\t0\t" + std::string(answers) + "\t300.0\tF\n";
}

std::vector<std::string> bound(const Imported& imported) {
    std::vector<std::string> pairs;
    for (const auto& name : imported.batch.names) {
        pairs.push_back(name.name.raw_bytes() + " " + name.address.to_string());
    }
    return pairs;
}

using Pairs = std::vector<std::string>;

} // namespace

TEST_CASE("an answer binds the name that was asked for to each of its addresses") {
    const auto imported =
        read(dns_header +
             line("1795417328.5", "192.0.2.10", "Deb.Example.ORG.", "1", "0",
                  "cdn.example.net,198.51.100.7,198.51.100.8") +
             line("1795420000.25", "2001:db8::10", "deb.example.org", "1", "0", "198.51.100.7"));
    CHECK(imported.lines == 2);
    CHECK(imported.batch.flows.empty());
    REQUIRE(imported.batch.names.size() == 2);
    model::NameBinding binding;
    binding.address = *model::Address::parse("198.51.100.7");
    binding.name = model::ForeignText("deb.example.org");
    binding.source = model::BindingSource::dns_host;
    binding.first_seen = at("2026-11-23T07:02:08.500Z");
    binding.last_seen = at("2026-11-23T07:46:40.250Z");
    binding.count = 2;
    CHECK(imported.batch.names[0] == binding);
    CHECK(imported.batch.names[1].address == *model::Address::parse("198.51.100.8"));
    CHECK(imported.batch.names[1].count == 1);
    CHECK(imported.observation.started == binding.first_seen);
    CHECK(imported.observation.ended == binding.last_seen);
}

TEST_CASE("only addresses of the type that was asked for bind") {
    const auto names = [](std::string_view type, std::string_view code, std::string_view answers) {
        return bound(read(dns_header + line("1795417328.5", "192.0.2.10", "n", type, code, answers)));
    };
    CHECK(names("1", "0", "198.51.100.7,2001:db8::1") == Pairs{"n 198.51.100.7"});
    CHECK(names("28", "0", "198.51.100.7,2001:db8::1") == Pairs{"n 2001:db8::1"});
    CHECK(names("255", "0", "198.51.100.7,2001:db8::1") == Pairs{"n 198.51.100.7", "n 2001:db8::1"});
    CHECK(names("-", "-", "198.51.100.7") == Pairs{"n 198.51.100.7"});
    CHECK(names("16", "0", "TXT 12 198.51.100.7,198.51.100.7").empty());
    CHECK(names("12", "0", "198.51.100.7").empty());
    CHECK(names("1", "3", "198.51.100.7").empty());
    CHECK(names("1", "0", "-").empty());
    CHECK(names("1", "0", "(empty)").empty());
    CHECK(names("1", "0", "198.51.100.7/24,198.51.100,::g").empty());
}

TEST_CASE("hostile names are kept as bytes, and those that DNS cannot have bind nothing") {
    const auto name = [](std::string_view query) {
        const auto pairs =
            bound(read(dns_header + line("1795417328.5", "192.0.2.10", query, "1", "0", "198.51.100.7")));
        return pairs.empty() ? std::string("nothing") : pairs.front();
    };
    CHECK(name("x\"; accept; #") == "x\"; accept; # 198.51.100.7");
    CHECK(name("a\\x0ab\\x1b[31m\\x5c\\\\\\xff") == "a\nb\x1b[31m\\\\\xff 198.51.100.7");
    CHECK(name("cut\\x0") == "cut\\x0 198.51.100.7");
    CHECK(name("no\\xzz") == "no\\xzz 198.51.100.7");
    CHECK(name(std::string(253, 'a')) == std::string(253, 'a') + " 198.51.100.7");
    CHECK(name(std::string(254, 'a')) == "nothing");
    CHECK(name(".") == "nothing");
    CHECK(name("-") == "nothing");
    CHECK(name("(empty)") == "nothing");
}

TEST_CASE("the JSON form, with and without its log's name, gives the same") {
    const std::string record =
        R"("ts":1795417328.5,"uid":"C1","id.orig_h":"192.0.2.10","id.orig_p":40000,"id.resp_h":"198.51.100.53",)"
        R"("id.resp_p":53,"proto":"udp","query":"Example.org","qtype":1,"qtype_name":"A","rcode":0,)"
        R"("answers":["cname.example.org","198.51.100.7",["203.0.113.1"],{"answers":"203.0.113.2"}],"TTLs":[1.0,2.0]})";
    CHECK(bound(read("{" + record)) == Pairs{"example.org 198.51.100.7"});
    CHECK(bound(read(R"({"_path":"dns",)" + record)) == Pairs{"example.org 198.51.100.7"});
}

TEST_CASE("answers to other clients are skipped, and without --local none can be told apart") {
    const auto other = line("1795417328.5", "192.0.2.11", "n", "1", "0", "198.51.100.7");
    const auto imported = read(dns_header + other);
    CHECK(imported.skipped == 1);
    CHECK(imported.batch.names.empty());
    CHECK_THROWS_WITH_AS(
        (void)read(dns_header + other, Locals{}),
        "conn.log: does not say which end is this server's; pass its addresses with --local ADDR|CIDR",
        model::UsageError);
}

TEST_CASE("records without time, client or numbers are named as bad") {
    const auto imported =
        read(dns_header + line("1795417328.5", "192.0.2.10", "n", "1", "0", "198.51.100.7") +
             line("never", "192.0.2.10", "n", "1", "0", "198.51.100.7") +
             line("1795417328.5", "client", "n", "1", "0", "198.51.100.7") +
             line("1795417328.5", "192.0.2.10", "n", "A", "0", "198.51.100.7") +
             line("1795417328.5", "192.0.2.10", "n", "1", "70000", "198.51.100.7"));
    const std::vector<std::string> complaints{
        "conn.log:10: ts is no time from 1970 to 9999", "conn.log:11: id.orig_h is no address",
        "conn.log:12: qtype or rcode is no number", "conn.log:13: qtype or rcode is no number"};
    CHECK(imported.complaints == complaints);
    CHECK(imported.batch.names.size() == 1);
}
