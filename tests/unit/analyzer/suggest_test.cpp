#include <analyzer/render/flow_json.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/render/table.hpp>
#include <analyzer/suggest.hpp>
#include <analyzer/verdict.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vector>

using namespace fwlearn;
using model::Service;
using model::SocketOwner;
using nlohmann::json;

namespace {

const auto monday = *model::parse_rfc3339("2026-11-23T07:00:00Z");

model::Flow flow(const SocketOwner& owner, const Service& service, const char* address, int days_later = 0) {
    model::Flow result;
    result.key.owner = owner;
    result.key.destination = {service, *model::Address::parse(address)};
    result.counts.count = 2;
    result.counts.answered = 1;
    result.counts.first_seen = result.counts.last_seen = monday + std::chrono::days(days_later);
    result.hours = {{model::hour_of(result.counts.first_seen), result.counts.count}};
    return result;
}

const auto www = SocketOwner::user(33, 33);
const auto https = Service::port(model::protocol::tcp, 443);

bool accepts(const model::Whitelist& whitelist, const SocketOwner& owner, const Service& service,
             const char* address) {
    return analyzer::verdict(whitelist, {owner, {service, *model::Address::parse(address)}}).accepted;
}

} // namespace

TEST_CASE("evidence adds up what a rule stands for, and counts days once") {
    model::Record record;
    record.identities.name_user(33, model::ForeignText("www-data"));
    record.flows = {flow(www, https, "198.51.100.6"), flow(www, https, "198.51.100.7", 0),
                    flow(www, https, "198.51.100.7", 2)};
    record.flows.back().key.interface = record.identities.add_interface(model::ForeignText("eth1"));
    const auto whitelist = analyzer::suggest(record);
    REQUIRE(whitelist.rules.size() == 1);
    const auto& rule = whitelist.rules[0];
    CHECK(rule.selectors.front().kind == model::SelectorKind::uid);
    CHECK(rule.selectors.front().uid == 33);
    CHECK(rule.selectors.front().user == model::ForeignText("www-data"));
    REQUIRE(rule.addresses.size() == 1);
    CHECK(rule.addresses[0].to_string() == "198.51.100.6/31");
    CHECK(rule.exposure == 2);
    CHECK(rule.evidence.flows == 6);
    CHECK(rule.evidence.answered == 3);
    CHECK(rule.evidence.days == 2);
    CHECK(rule.evidence.first_seen == monday);
    CHECK(rule.evidence.last_seen == monday + std::chrono::days(2));
    // One of the two was reached in one run alone.
    CHECK(rule.flags == std::vector{model::FlagKind::one_run});
    CHECK(rule.warnings.size() == 1);
}

TEST_CASE(
    "what nobody is known to have sent is open to all, and says so, unless somebody is known to send there") {
    model::Record record;
    record.flows = {flow({}, https, "198.51.100.6"), flow({}, https, "198.51.100.9"),
                    flow(www, https, "198.51.100.9")};
    const auto whitelist = analyzer::suggest(record);
    REQUIRE(whitelist.rules.size() == 2);
    CHECK(whitelist.rules[0].selectors.front().kind == model::SelectorKind::any);
    CHECK(whitelist.rules[0].warnings.size() == 1);
    CHECK(whitelist.rules[0].evidence.flows == 2);
    CHECK(whitelist.rules[1].addresses[0].to_string() == "198.51.100.9");
    CHECK(whitelist.left_out.size() == 1);
    CHECK(accepts(whitelist, SocketOwner::user(0, 0), https, "198.51.100.6"));
    CHECK_FALSE(accepts(whitelist, SocketOwner::user(0, 0), https, "198.51.100.9"));
    CHECK_FALSE(accepts(whitelist, {}, https, "198.51.100.9"));
}

TEST_CASE("what needs no rule, or must have none, is left out with its reason") {
    model::Record record;
    record.flows = {flow(SocketOwner::user(0, 0), Service::port(model::protocol::udp, 67), "192.0.2.1"),
                    flow(SocketOwner::user(1000, 0), Service::port(model::protocol::udp, 67), "192.0.2.1"),
                    flow(SocketOwner::kernel(), Service::icmp(model::protocol::icmpv6, 135, 0), "ff02::1"),
                    flow(www, https, "127.0.0.1"),
                    flow(www, https, "0.0.0.0"),
                    flow(www, Service::icmp(model::protocol::icmp, 8, 0), "2001:db8::1")};
    record.flows[4].key.overflow = true;
    const auto whitelist = analyzer::suggest(record);
    REQUIRE(whitelist.rules.size() == 1);
    CHECK(whitelist.rules[0].selectors.front().uid == 1000);
    REQUIRE(whitelist.left_out.size() == 5);
    for (const auto& left_out : whitelist.left_out) {
        CHECK_FALSE(left_out.reason.empty());
    }
    CHECK(whitelist.coverage.flows == 12);
    CHECK(whitelist.coverage.overflowed == 2);
}

TEST_CASE("every fixed part admits what it is for and nothing beside it") {
    const model::Whitelist empty;
    const auto root = SocketOwner::user(0, 0);
    for (const auto type : std::vector<std::uint8_t>{3, 11, 12}) {
        CHECK(accepts(empty, root, Service::icmp(model::protocol::icmp, type, 9), "198.51.100.1"));
    }
    for (const auto type : std::vector<std::uint8_t>{1, 2, 3, 4, 131, 132, 133, 135, 136, 143}) {
        CHECK(accepts(empty, SocketOwner::kernel(), Service::icmp(model::protocol::icmpv6, type, 0),
                      "ff02::1"));
    }
    for (const auto type : std::vector<std::uint8_t>{0, 8, 5, 13}) {
        CHECK_FALSE(accepts(empty, root, Service::icmp(model::protocol::icmp, type, 0), "198.51.100.1"));
    }
    for (const auto type : std::vector<std::uint8_t>{128, 129, 134, 137, 130}) {
        CHECK_FALSE(accepts(empty, root, Service::icmp(model::protocol::icmpv6, type, 0), "ff02::1"));
    }
    CHECK(accepts(empty, root, Service::port(model::protocol::udp, 67), "192.0.2.1"));
    CHECK(accepts(empty, SocketOwner::user(999, 0), Service::port(model::protocol::udp, 547), "ff02::1:2"));
    CHECK_FALSE(
        accepts(empty, SocketOwner::user(1000, 0), Service::port(model::protocol::udp, 67), "192.0.2.1"));
    CHECK_FALSE(accepts(empty, SocketOwner::kernel(), Service::port(model::protocol::udp, 67), "192.0.2.1"));
    CHECK_FALSE(accepts(empty, root, Service::port(model::protocol::tcp, 67), "192.0.2.1"));
    CHECK_FALSE(accepts(empty, root, Service::port(model::protocol::udp, 547), "192.0.2.1"));
    CHECK_FALSE(accepts(empty, root, Service::port(model::protocol::udp, 67), "2001:db8::1"));
    CHECK(accepts(empty, SocketOwner::user(1000, 0), https, "127.0.0.1"));
}

TEST_CASE("within a selector the rules of the same tasks stand together") {
    model::Record record;
    const auto root = SocketOwner::user(0, 0);
    const auto for_task = [&record, &root](const char* task, const Service& service, const char* address) {
        record.flows.push_back(flow(root, service, address));
        record.flows.back().key.task =
            record.identities.add(model::Task{model::TaskKind::timer, model::ForeignText(task)});
    };
    for_task("b", Service::port(model::protocol::tcp, 80), "198.51.100.6");
    for_task("a", https, "198.51.100.7");
    for_task("b", Service::port(model::protocol::udp, 123), "198.51.100.8");
    record.flows.push_back(flow(www, Service::port(model::protocol::tcp, 22), "198.51.100.9"));
    std::vector<std::string> order;
    for (const auto& rule : analyzer::suggest(record).rules) {
        order.push_back(std::to_string(rule.selectors.front().uid) + " " + rule.tasks.at(0).name.raw_bytes() +
                        " " + std::to_string(rule.details.at(0).first));
    }
    CHECK(order == std::vector<std::string>{"0 b 80", "0 b 123", "0 a 443", "33  22"});
}

TEST_CASE("names label a rule when they hold for the host or for its own process") {
    model::Record record;
    record.flows = {flow(www, https, "198.51.100.6")};
    model::Process other;
    other.exe = model::ForeignText("/usr/bin/other");
    model::NameBinding binding;
    binding.address = *model::Address::parse("198.51.100.6");
    binding.name = model::ForeignText("api.example.org");
    record.names.push_back(binding);
    binding.name = model::ForeignText("evil.example.net");
    binding.source = model::BindingSource::dns_process;
    binding.process = record.identities.add(other);
    record.names.push_back(binding);
    const auto whitelist = analyzer::suggest(record);
    REQUIRE(whitelist.rules.size() == 1);
    CHECK(whitelist.rules[0].names == std::vector{model::ForeignText("api.example.org")});
}

TEST_CASE("the JSON document has every key that is promised") {
    model::Record record;
    record.gaps.push_back(
        {monday, monday + std::chrono::hours(1), model::GapReason::not_running, std::nullopt});
    record.flows = {flow(www, https, "198.51.100.6"),
                    flow(SocketOwner::kernel(), Service::icmp(model::protocol::icmp, 8, 0), "198.51.100.6"),
                    flow(SocketOwner::kernel(), {model::protocol::gre, 0}, "198.51.100.6"),
                    flow(www, https, "127.0.0.1")};
    const auto document = json::parse(analyzer::render_json(analyzer::suggest(record)));
    CHECK(document.at("schema") == 1);
    CHECK(document.at("observed").at("since") == "2026-11-23T07:00:00.000Z");
    CHECK(document.at("observed").at("until").is_string());
    CHECK(document.at("observed").at("gaps").size() == 1);
    REQUIRE(document.at("rules").size() == 3);
    for (const auto& rule : document.at("rules")) {
        for (const auto* key : {"id", "selector", "processes", "tasks", "protocol", "addresses", "names",
                                "evidence", "exposure", "warnings"}) {
            CHECK(rule.contains(key));
        }
        CHECK(rule.at("selector").at("value").is_string());
        for (const auto* key : {"flows", "days", "first_seen", "last_seen"}) {
            CHECK(rule.at("evidence").contains(key));
        }
        CHECK(rule.contains("icmp") != rule.contains("ports"));
    }
    CHECK(document.at("rules")[0].at("selector").at("kind") == "kernel");
    CHECK(document.at("rules")[0].at("icmp") == json::parse(R"([{"type":8,"code":0}])"));
    CHECK(document.at("rules")[1].at("ports").empty());
    CHECK(document.at("rules")[2].at("ports") == json({443}));
    CHECK(document.at("left_out")[0].at("flow").at("address") == "127.0.0.1");
    CHECK(document.at("left_out")[0].at("reason").is_string());
}

TEST_CASE("a flow's line has every key that is promised") {
    model::Identities identities;
    identities.name_user(33, model::ForeignText("www-data"));
    const auto line = json::parse(analyzer::flow_to_json(flow(www, https, "198.51.100.6"), identities, {}));
    for (const auto* key : {"first_seen", "last_seen", "count", "process", "task", "attribution", "protocol",
                            "address", "port", "names", "replied", "bytes_out", "bytes_in"}) {
        CHECK(line.contains(key));
    }
    for (const auto* key : {"exe", "comm", "uid", "user", "unit", "cgroup", "cmdline"}) {
        CHECK(line.at("process").contains(key));
    }
    CHECK(line.at("process").at("uid") == 33);
    CHECK(line.at("process").at("user") == "www-data");
    CHECK(line.at("task") == json::parse(R"({"kind":"unknown","name":""})"));
    CHECK(line.at("replied") == true);
    const auto ping = json::parse(analyzer::flow_to_json(
        flow(SocketOwner::kernel(), Service::icmp(model::protocol::icmp, 8, 0), "198.51.100.6"), identities,
        {}));
    CHECK(ping.at("icmp_type") == 8);
    CHECK(ping.at("icmp_code") == 0);
    CHECK_FALSE(ping.contains("port"));
    CHECK(ping.at("process").at("uid").is_null());
}

TEST_CASE("the nft file walks no more rules for more destinations") {
    const auto output_chain = [](int hosts) {
        model::Record record;
        for (int host = 1; host <= hosts; ++host) {
            record.flows.push_back(flow(www, https, ("198.51.100." + std::to_string(2 * host)).c_str()));
            record.flows.push_back(
                flow(SocketOwner::user(static_cast<std::uint32_t>(host), 0), https, "203.0.113.1"));
        }
        const auto file = analyzer::render_nft(analyzer::suggest(record));
        return file.substr(file.find("\tchain output {"));
    };
    CHECK(output_chain(1) == output_chain(100));
}

TEST_CASE("without any rule the table is there and denies") {
    const auto file = analyzer::render_nft({});
    CHECK(file.find("policy drop") != std::string::npos);
    CHECK(file.find("vmap") == std::string::npos);
    CHECK(file.find("ct state established,related accept") < file.find("goto deny"));
}

TEST_CASE("gaps and what is not attributed are said before anything is proposed") {
    model::Record record;
    record.gaps.push_back({monday, monday + std::chrono::hours(1), model::GapReason::nflog_overrun, 42});
    record.flows = {flow(www, https, "198.51.100.6")};
    const auto whitelist = analyzer::suggest(record);
    for (const auto& text :
         {analyzer::render_nft(whitelist), analyzer::render_table(whitelist, {100, false})}) {
        const auto gap = text.find("NFLOG overrun, 42 lost");
        REQUIRE(gap != std::string::npos);
        CHECK(gap < text.find(whitelist.rules[0].id));
        CHECK(text.find("not attributed to a process: 100.0 % (2)") != std::string::npos);
    }
}
