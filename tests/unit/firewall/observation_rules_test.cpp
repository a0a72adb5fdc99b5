#include <firewall/observation_rules.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;

TEST_CASE("the observation rules accept everything and touch their own table alone") {
    const auto rules = firewall::nft_rules({61, 128, 32, "flow", 0, {}, true});
    CHECK(rules.find("policy drop") == std::string::npos);
    CHECK(rules.find("reject") == std::string::npos);
    CHECK(rules.find("counter name logged log prefix \"flow\" group 61 snaplen 128 queue-threshold 32") !=
          std::string::npos);
    CHECK(rules.find("flags owner") != std::string::npos);
    CHECK(firewall::nft_rules({61, 128, 32, "flow", 0, {}, false}).find("flags owner") == std::string::npos);
    for (std::size_t position = rules.find("table "); position != std::string::npos;
         position = rules.find("table ", position + 1)) {
        CHECK(rules.substr(position, 26) == "table inet fwlearn_observe");
    }
}

TEST_CASE("the iptables form logs for both families") {
    const auto rules = firewall::iptables_rules({7, 128, 32, "flow", 0, {}, false});
    CHECK(rules.find("\niptables -t mangle -A OUTPUT") != std::string::npos);
    CHECK(rules.find("\nip6tables -t mangle -A OUTPUT") != std::string::npos);
    CHECK(rules.find("--nflog-prefix \"flow\" --nflog-group 7 --nflog-size 128 --nflog-threshold 32") !=
          std::string::npos);
}

TEST_CASE("packets that carry names are copied under their own prefix, and only when asked for") {
    const auto without = firewall::nft_rules({61, 128, 32, "flow", 0, "names", false});
    CHECK(without.find("names") == std::string::npos);
    const auto rules = firewall::nft_rules({61, 128, 32, "flow", 4096, "names", false});
    CHECK(
        rules.find("chain dns_out {\n\t\tmeta l4proto { tcp, udp } ct direction original counter name logged "
                   "log prefix \"names\" group 61 snaplen 4096 queue-threshold 1\n") != std::string::npos);
    // Of one conversation's answers so many, and what is more before it is copied; QUIC as other heads.
    for (const std::string family : {"4 { ip", "6 { ip6"}) {
        const auto over =
            rules.find("update @answers" + family +
                       " saddr . meta l4proto . th dport limit rate "
                       "over 128/second burst 256 packets } counter name answers_left_out return\n");
        CHECK(over != std::string::npos);
        CHECK(over < rules.find("\t\tcounter name logged log prefix \"names\"", rules.find("chain dns_in")));
        CHECK(rules.find("add @quic" + family +
                         " daddr . udp sport . udp dport limit rate 1/minute burst 8 "
                         "packets } counter name logged") != std::string::npos);
    }
    // Before loopback is left aside: a stub resolver is asked there.
    CHECK(rules.find("policy accept;\n\t\tth dport 53 jump dns_out\n") != std::string::npos);
    const auto iptables = firewall::iptables_rules({7, 128, 32, "flow", 4096, "names", false});
    CHECK(iptables.find("--sport 53 -m conntrack --ctdir REPLY -j NFLOG --nflog-prefix \"names\" "
                        "--nflog-group 7 --nflog-size 4096") != std::string::npos);
    // Answers over TCP come in larger packets.
    CHECK(rules.find("\t\tmeta l4proto tcp counter name logged log prefix \"names\" group 61 snaplen 16384 "
                     "queue-threshold 1 return\n\t\tcounter name logged") != std::string::npos);
    CHECK(iptables.find("-p tcp --sport 53 -m conntrack --ctdir REPLY -j NFLOG --nflog-prefix \"names\" "
                        "--nflog-group 7 --nflog-size 16384") != std::string::npos);
}

TEST_CASE("every log statement has a prefix of fwlearn's, and the counter beside it") {
    const auto rules = firewall::nft_rules({61, 128, 32, "flow", 4096, "names", true});
    std::size_t statements = 0;
    for (auto at = rules.find("log prefix"); at != std::string::npos; at = rules.find("log prefix", at + 1)) {
        const std::string_view counter = "counter name logged ";
        REQUIRE(at > counter.size());
        CHECK(rules.substr(at - counter.size(), counter.size()) == counter);
        ++statements;
    }
    CHECK(statements == 12);
    CHECK(rules.find("log group") == std::string::npos);
    const auto iptables = firewall::iptables_rules({7, 128, 32, "flow", 4096, "names", false});
    for (auto at = iptables.find("-j NFLOG"); at != std::string::npos;
         at = iptables.find("-j NFLOG", at + 1)) {
        CHECK(iptables.substr(at, 23) == "-j NFLOG --nflog-prefix");
    }
}
