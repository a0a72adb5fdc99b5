#include "aggregate.hpp"
#include "render/rule_words.hpp"
#include "render/text_table.hpp"

#include <doctest/doctest.h>

using namespace fwlearn;

namespace {

std::vector<model::Address> addresses(std::initializer_list<const char*> texts) {
    std::vector<model::Address> list;
    for (const auto* text : texts) {
        list.push_back(*model::Address::parse(text));
    }
    return list;
}

std::vector<std::string> aggregated(const std::vector<model::Address>& list) {
    std::vector<std::string> texts;
    for (const auto& prefix : analyzer::aggregate(list)) {
        texts.push_back(prefix.to_string());
    }
    return texts;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("addresses that fill a prefix become it, and no address more") {
    CHECK(aggregated({}).empty());
    CHECK(aggregated(addresses({"10.0.0.1"})) == Texts{"10.0.0.1"});
    CHECK(aggregated(addresses({"10.0.0.0", "10.0.0.1"})) == Texts{"10.0.0.0/31"});
    CHECK(aggregated(addresses({"10.0.0.1", "10.0.0.2"})) == Texts{"10.0.0.1", "10.0.0.2"});
    CHECK(aggregated(addresses({"10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"})) ==
          Texts{"10.0.0.0/30", "10.0.0.4"});
    CHECK(aggregated(addresses({"255.255.255.254", "255.255.255.255", "::", "::1"})) ==
          Texts{"255.255.255.254/31", "::/127"});
}

TEST_CASE("a full /28 is one prefix and scattered hosts stay hosts") {
    std::vector<model::Address> list;
    for (std::uint32_t host = 0; host < 16; ++host) {
        list.push_back(model::Address::v4(0xcb007110U + host));
    }
    for (std::uint32_t host = 0; host < 30; ++host) {
        list.push_back(model::Address::v4(0xcb0072a0U + 2 * host));
    }
    const auto prefixes = analyzer::aggregate(list);
    REQUIRE(prefixes.size() == 31);
    CHECK(prefixes.front().to_string() == "203.0.113.16/28");
}

TEST_CASE("services are said in few words") {
    model::Rule rule;
    rule.protocol = model::protocol::tcp;
    rule.details = {22, 80, 81, 8000, 8001, 8002};
    CHECK(analyzer::service_words(rule) == "tcp/22,80,81,8000-8002");
    rule.protocol = model::protocol::icmp;
    rule.details = {8 << 8, 13 << 8};
    CHECK(analyzer::service_words(rule) == "icmp/8/0,icmp/13/0");
    rule.protocol = model::protocol::gre;
    rule.details = {0};
    CHECK(analyzer::service_words(rule) == "gre");
}

TEST_CASE("a table keeps to its width and cuts what may be cut") {
    analyzer::TextTable table({"!ID", "TEXT", "MORE"});
    table.add({"0123456789", std::string(60, 'x'), "short"});
    const auto text = table.print({40, false});
    CHECK(text.find("0123456789  xxx") != std::string::npos);
    CHECK(text.find("...") != std::string::npos);
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string::npos;
         begin = end + 1, end = text.find('\n', begin)) {
        CHECK(end - begin <= 40);
    }
    CHECK(table.print({200, false}).find(std::string(60, 'x')) != std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(table.print({40, true}).rfind("\x1b[1mID", 0) == 0);
}
