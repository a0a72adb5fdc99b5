#include <firewall/observation_rules.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;

TEST_CASE("the observation rules accept everything and touch their own table alone") {
    const auto rules = firewall::nft_rules({61, 128, 32, true});
    CHECK(rules.find("policy drop") == std::string::npos);
    CHECK(rules.find("reject") == std::string::npos);
    CHECK(rules.find("log group 61 snaplen 128 queue-threshold 32") != std::string::npos);
    CHECK(rules.find("flags owner") != std::string::npos);
    CHECK(firewall::nft_rules({61, 128, 32, false}).find("flags owner") == std::string::npos);
    for (std::size_t position = rules.find("table "); position != std::string::npos;
         position = rules.find("table ", position + 1)) {
        CHECK(rules.substr(position, 26) == "table inet fwlearn_observe");
    }
}

TEST_CASE("the iptables form logs for both families") {
    const auto rules = firewall::iptables_rules({7, 128, 32, false});
    CHECK(rules.find("\niptables -t mangle -A OUTPUT") != std::string::npos);
    CHECK(rules.find("\nip6tables -t mangle -A OUTPUT") != std::string::npos);
    CHECK(rules.find("--nflog-group 7 --nflog-size 128 --nflog-threshold 32") != std::string::npos);
}
