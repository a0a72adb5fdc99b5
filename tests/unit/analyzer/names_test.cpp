// Rules by name: what makes one, what it admits, what is said about it.
#include <analyzer/name_addresses.hpp>
#include <analyzer/read_rules.hpp>
#include <analyzer/render/dnsmasq.hpp>
#include <analyzer/render/explanation.hpp>
#include <analyzer/render/iptables.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/render/table.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

using namespace fwlearn;
using model::BindingSource;
using model::ConfiguredKind;
using model::ForeignText;
using model::Service;

namespace {

const auto https = Service::port(model::protocol::tcp, 443);
const auto start = model::Timestamp(std::chrono::seconds(1'790'000'000));

model::Address address(const char* text) {
    return *model::Address::parse(text);
}

/// A record in the making: flows of one user, each of a process of its own kind.
class World {
  public:
    model::Record record;
    std::map<std::string, std::uint32_t> users; ///< of programs

    model::ProcessId process(const char* exe) {
        model::Process process;
        process.exe = ForeignText(exe);
        if (const auto user = users.find(exe); user != users.end()) {
            process.uid = user->second;
        }
        return record.identities.add(process);
    }
    model::Flow& flow(const char* exe, const char* to, const char* name = "",
                      BindingSource source = BindingSource::dns_process, Service service = https) {
        model::Flow flow;
        flow.key.owner = model::SocketOwner::user(33, 33);
        flow.key.process = process(exe);
        flow.key.destination = {service, address(to)};
        flow.key.attribution = model::Attribution::exact;
        if (*name != '\0') {
            flow.key.name = record.identities.add_name(ForeignText(name));
            flow.key.name_source = source;
        }
        flow.counts.count = flow.counts.answered = 1;
        flow.counts.first_seen = flow.counts.last_seen = start;
        flow.hours = {{model::hour_of(start), flow.counts.count}};
        record.flows.push_back(flow);
        return record.flows.back();
    }
    void answer(const char* exe, const char* name, const char* to,
                BindingSource source = BindingSource::dns_process, std::uint32_t ttl = 60) {
        model::NameBinding binding;
        binding.address = address(to);
        binding.name = ForeignText(name);
        binding.process = process(exe);
        binding.source = source;
        binding.first_seen = binding.last_seen = start;
        binding.count = 1;
        binding.ttl = ttl;
        record.names.push_back(binding);
        std::sort(record.names.begin(), record.names.end(), [](const auto& one, const auto& other) {
            return std::tie(one.address, one.name, one.process, one.source) <
                   std::tie(other.address, other.name, other.process, other.source);
        });
    }
    void setting(ConfiguredKind kind, const char* name, const char* to, Service service) {
        record.configured.push_back({kind, ForeignText("/etc/setting"), 7, ForeignText(name),
                                     *to == '\0' ? std::nullopt : std::optional(address(to)), service});
        std::sort(record.configured.begin(), record.configured.end());
    }
    [[nodiscard]] model::Whitelist whitelist() const { return analyzer::suggest(record); }
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a rule by name admits every address that its process was told, and says so in each form") {
    World world;
    world.flow("/bin/a", "198.51.100.1", "api.example.org");
    world.answer("/bin/a", "api.example.org", "198.51.100.1", BindingSource::dns_process, 300);
    world.answer("/bin/a", "api.example.org", "198.51.100.2");
    world.answer("/bin/a", "api.example.org", "2001:db8::1");
    world.answer("/bin/b", "api.example.org", "203.0.113.66"); // somebody else's resolver says so
    const auto whitelist = world.whitelist();
    REQUIRE(whitelist.rules.size() == 1);
    const auto& rule = whitelist.rules[0];
    REQUIRE(rule.by_name.size() == 1);
    CHECK(rule.by_name[0].addresses ==
          std::vector{address("198.51.100.1"), address("198.51.100.2"), address("2001:db8::1")});
    CHECK(rule.by_name[0].ttl == 300);
    CHECK(rule.exposure == 3);
    const auto nft = analyzer::render_nft(whitelist);
    CHECK(has(nft, "\tset n_" + rule.id +
                       "_0_4 {\n\t\ttype ipv4_addr\n\t\tflags timeout\n\t\ttimeout 259500s\n"
                       "\t\tcomment \"api.example.org\"\n\t\telements = "
                       "{\n\t\t\t198.51.100.1,\n\t\t\t198.51.100.2 }\n"));
    CHECK(has(nft, "ip6 daddr @n_" + rule.id + "_0_6 ip6 daddr != @not_by_public_name_6 accept"));
    CHECK_FALSE(has(nft, "@r_"));
    CHECK(has(analyzer::render_dnsmasq(whitelist), "\nnftset=/api.example.org/4#inet#fwlearn#n_" + rule.id +
                                                       "_0_4,6#inet#fwlearn#n_" + rule.id + "_0_6\n"));
    CHECK(has(analyzer::render_table(whitelist, {200, false}), "api.example.org (3 addresses so far)"));
    const auto document = nlohmann::json::parse(analyzer::render_json(whitelist));
    CHECK(document["rules"][0]["by_name"][0]["name"] == "api.example.org");
    // Its id is the name's: it stays when the addresses move on.
    world.answer("/bin/a", "api.example.org", "198.51.100.9");
    CHECK(world.whitelist().rules[0].id == rule.id);
    CHECK(analyzer::suggest(world.record, {.by_address = true}).rules[0].by_name.empty());
}

TEST_CASE("a flow without a name takes the only one that the best evidence gives, or none") {
    World world;
    world.flow("/bin/a", "198.51.100.1");
    CHECK(world.whitelist().rules[0].by_name.empty());
    world.answer("/bin/other", "host.example.org", "198.51.100.1", BindingSource::dns_host);
    CHECK(world.whitelist().rules[0].names == std::vector{ForeignText("host.example.org")});
    CHECK_FALSE(world.whitelist().rules[0].by_name.empty());
    world.answer("/bin/a", "own.example.org", "198.51.100.1");
    CHECK(world.whitelist().rules[0].by_name.at(0).name == ForeignText("own.example.org"));
    world.answer("/bin/a", "second.example.org", "198.51.100.1");
    CHECK(world.whitelist().rules[0].by_name.empty());
}

TEST_CASE("that nobody but the host's resolver was seen to ask for a name is a warning") {
    World world;
    world.users = {{"/bin/a", 33}, {"/bin/b", 33}, {"/usr/lib/systemd/systemd-resolved", 991}};
    const auto warns = [&world] {
        const auto whitelist = world.whitelist();
        REQUIRE_FALSE(whitelist.rules.at(0).by_name.empty());
        const auto& warnings = whitelist.rules[0].warnings;
        return std::any_of(warnings.begin(), warnings.end(), [](const auto& line) {
            return has(line, "nobody here was seen to ask for host.example.org");
        });
    };
    world.flow("/bin/a", "198.51.100.1");
    world.answer("/usr/lib/systemd/systemd-resolved", "host.example.org", "198.51.100.1",
                 BindingSource::dns_host);
    CHECK(warns());
    world.answer("/bin/b", "host.example.org", "198.51.100.9"); // the same user's
    CHECK_FALSE(warns());
}

TEST_CASE("what a client says makes a rule by name only where an answer agrees") {
    World world;
    world.flow("/bin/a", "198.51.100.1", "said.example.org", BindingSource::tls_sni);
    world.answer("/bin/a", "said.example.org", "198.51.100.1", BindingSource::tls_sni);
    const auto label = world.whitelist().rules[0];
    CHECK(label.by_name.empty());
    CHECK(label.names == std::vector{ForeignText("said.example.org")});
    world.answer("/bin/other", "said.example.org", "198.51.100.1", BindingSource::dns_host);
    CHECK(world.whitelist().rules[0].by_name.size() == 1);
}

TEST_CASE("an address that a name of the same sender has had needs no rule of its own") {
    World world;
    world.flow("/bin/a", "198.51.100.1", "api.example.org");
    world.answer("/bin/a", "api.example.org", "198.51.100.2");
    world.flow("/bin/b", "198.51.100.2");
    const auto whitelist = world.whitelist();
    REQUIRE(whitelist.rules.size() == 1);
    CHECK(whitelist.rules[0].evidence.flows == 2);
}

TEST_CASE("shared addresses, DNS elsewhere, DoT and DoH are warned about") {
    World world;
    world.setting(ConfiguredKind::resolver, "", "192.0.2.53", Service::port(model::protocol::udp, 53));
    const auto dns = Service::port(model::protocol::udp, 53);
    const auto warnings = [&world] {
        std::string all;
        for (const auto& rule : world.whitelist().rules) {
            for (const auto& warning : rule.warnings) {
                all += warning + "\n";
            }
        }
        return all;
    };
    world.flow("/bin/a", "192.0.2.53", "", {}, dns);
    CHECK(warnings().empty());
    CHECK(world.whitelist().rules[0].purposes == std::vector{ConfiguredKind::resolver});
    world.flow("/bin/a", "203.0.113.53", "", {}, dns);
    CHECK(has(warnings(), "DNS to 203.0.113.53, which this host is not configured to use"));
    world.flow("/bin/a", "203.0.113.54", "", {}, Service::port(model::protocol::tcp, 853));
    CHECK(has(warnings(), "DNS over TLS or QUIC to 203.0.113.54"));
    world.flow("/bin/a", "8.8.4.4");
    CHECK(has(warnings(), "DNS over HTTPS to 8.8.4.4"));
    world.flow("/bin/a", "203.0.113.55", "eu.dns0.eu");
    CHECK(has(warnings(), "DNS over HTTPS to 8.8.4.4") == true);
    CHECK(has(warnings(), "DNS over HTTPS to eu.dns0.eu"));
    world.flow("/bin/a", "198.51.100.1", "mine.example.org");
    world.answer("/bin/z", "other.example.com", "198.51.100.1");
    CHECK(has(warnings(), "also serve other.example.com"));
}

TEST_CASE("what settings name is a rule's purpose, or is listed as not seen") {
    World world;
    world.setting(ConfiguredKind::packages, "deb.example.org", "", https);
    world.setting(ConfiguredKind::time, "ntp.example.org", "", Service::port(model::protocol::udp, 123));
    world.setting(ConfiguredKind::resolver, "", "127.0.0.53", Service::port(model::protocol::udp, 53));
    world.setting(ConfiguredKind::static_name, "db.example.org", "198.51.100.9", {});
    world.flow("/usr/lib/apt/methods/https", "198.51.100.1", "deb.example.org");
    world.flow("/bin/a", "198.51.100.9");
    const auto whitelist = world.whitelist();
    REQUIRE(whitelist.not_seen.size() == 1);
    CHECK(whitelist.not_seen[0].name == ForeignText("ntp.example.org"));
    const auto nft = analyzer::render_nft(whitelist);
    CHECK(has(nft, "# ntp udp/123 to ntp.example.org (/etc/setting:7)\n"));
    CHECK(has(nft, "by name (apt): 1 flow on 1 day, "));
    CHECK_FALSE(has(nft.substr(nft.find("\ntable ")), "ntp.example.org"));
    const auto labelled = std::any_of(whitelist.rules.begin(), whitelist.rules.end(), [](const auto& rule) {
        return rule.names == std::vector{ForeignText("db.example.org")} && rule.by_name.empty();
    });
    CHECK(labelled);
}

TEST_CASE("many names of a registrable domain are proposed as one, those of a public suffix never") {
    World world;
    for (int index = 0; index < 6; ++index) {
        const auto number = std::to_string(index);
        world.flow("/bin/a", ("198.51.100." + number).c_str(), ("h" + number + ".api.example.co.uk").c_str());
        world.flow("/bin/a", ("203.0.113." + number).c_str(), ("d" + number + ".cloudfront.net").c_str());
        world.flow("/bin/a", ("192.0.2." + number).c_str(), ("n" + number + ".lan.internal-name").c_str());
    }
    const auto whitelist = world.whitelist();
    REQUIRE(whitelist.wildcards.size() == 1);
    CHECK(whitelist.wildcards[0].domain == ForeignText("example.co.uk"));
    CHECK(whitelist.wildcards[0].names.size() == 6);
    CHECK(has(analyzer::render_nft(whitelist),
              "# proposal: uid 33 tcp/443 reaches 6 names below example.co.uk"));
}

TEST_CASE("an explanation names a line of a setting once, for however many protocols it is") {
    World world;
    world.flow("/bin/a", "203.0.113.53", "", {}, Service::port(model::protocol::udp, 53));
    for (const auto protocol : {model::protocol::tcp, model::protocol::udp}) {
        world.setting(ConfiguredKind::resolver, "", "203.0.113.53", Service::port(protocol, 53));
    }
    const auto whitelist = world.whitelist();
    const auto text = analyzer::render_explanation(world.record, whitelist, whitelist.rules.at(0));
    const std::string line = "setting   dns /etc/setting:7\n";
    const auto first = text.find(line);
    REQUIRE(first != std::string::npos);
    CHECK(text.find(line, first + 1) == std::string::npos);
}

TEST_CASE("an explanation says who asked, what was answered, when, and how many addresses there were") {
    World world;
    world.flow("/bin/a", "198.51.100.1", "api.example.org");
    world.answer("/bin/a", "api.example.org", "198.51.100.1", BindingSource::dns_process, 300);
    world.answer("/bin/a", "api.example.org", "198.51.100.2");
    world.record.names[0].canonical = ForeignText("edge.example.net");
    const auto whitelist = world.whitelist();
    const auto& rule = whitelist.rules.at(0);
    const auto text = analyzer::render_explanation(world.record, whitelist, rule);
    CHECK(has(text, "name      api.example.org: 2 addresses so far\n"));
    CHECK(has(text, "asked by  /bin/a (answered to it alone)\n"));
    CHECK(has(text, "when      " + model::to_rfc3339(start)));
    CHECK(has(text, "to be kept for 300 s at most"));
    CHECK(has(text, "alias of  edge.example.net\n"));
    CHECK(has(text, "answers   198.51.100.1 198.51.100.2\n"));
    const auto document = nlohmann::json::parse(analyzer::explanation_to_json(world.record, whitelist, rule));
    CHECK(document["id"] == rule.id);
    CHECK(document["answers"][0]["addresses"] == nlohmann::json({"198.51.100.1", "198.51.100.2"}));
    CHECK(document["answers"][0]["process"]["exe"] == "/bin/a");
}

TEST_CASE("no set forgets later than nft and ipset can count, whatever TTL an answer had") {
    World world;
    world.flow("/bin/a", "198.51.100.1", "api.example.org");
    world.answer("/bin/a", "api.example.org", "198.51.100.1", BindingSource::dns_process, 0x7fffffff);
    const auto whitelist = world.whitelist();
    CHECK(has(analyzer::render_nft(whitelist), "\t\ttimeout 2073600s\n"));
    CHECK(has(analyzer::render_ipset(whitelist), " timeout 2073600\n"));
}

namespace {

/// A domain on one port, a name below it on another.
model::Whitelist name_below_domain() {
    model::Whitelist whitelist;
    model::Rule domain;
    domain.id = "0123456789ab";
    domain.selectors.resize(1);
    domain.selectors.front().kind = model::SelectorKind::uid;
    domain.selectors.front().uid = 33;
    domain.protocol = model::protocol::tcp;
    domain.details = {443};
    domain.by_name = {{ForeignText("example.org"), {address("198.51.100.1")}, 60, true}};
    domain.names = {ForeignText("example.org")};
    domain.addresses = {model::Prefix(address("198.51.100.1"))};
    auto below = domain;
    below.id = "ba9876543210";
    below.details = {80};
    below.by_name = {{ForeignText("www.example.org"), {}, 60, false}};
    below.names = {ForeignText("www.example.org")};
    auto other = below;
    other.id = "cccccccccccc";
    other.by_name = {{ForeignText("wwwexample.org"), {}, 60, false}};
    other.names = {ForeignText("wwwexample.org")};
    whitelist.rules = {domain, below, other};
    return whitelist;
}

} // namespace

TEST_CASE("what dnsmasq is told of a name fills the sets of the domains above it as well") {
    const auto whitelist = name_below_domain();
    const auto lines = analyzer::render_dnsmasq(whitelist);
    CHECK(has(lines, "\nnftset=/example.org/4#inet#fwlearn#n_0123456789ab_0_4,6#inet#fwlearn#"
                     "n_0123456789ab_0_6\n"));
    CHECK(has(lines, "\nnftset=/www.example.org/4#inet#fwlearn#n_ba9876543210_0_4,6#inet#fwlearn#"
                     "n_ba9876543210_0_6,4#inet#fwlearn#n_0123456789ab_0_4,6#inet#fwlearn#"
                     "n_0123456789ab_0_6\n"));
    CHECK(has(lines, "\nnftset=/wwwexample.org/4#inet#fwlearn#n_cccccccccccc_0_4,6#inet#fwlearn#"
                     "n_cccccccccccc_0_6\n"));
    CHECK(has(analyzer::render_ipset(whitelist),
              "\n# ipset=/www.example.org/fwn_ba9876543210_0_4,fwn_ba9876543210_0_6,fwn_0123456789ab_0_4,"
              "fwn_0123456789ab_0_6\n"));
}

TEST_CASE("a line for dnsmasq is never longer than it reads, and what it leaves out is told") {
    auto whitelist = name_below_domain();
    whitelist.rules.resize(1);
    for (unsigned number = 1; number < 40; ++number) {
        auto next = whitelist.rules.front();
        next.id = "1234567890" + std::to_string(10 + number);
        next.details = {static_cast<std::uint16_t>(1000 + number)};
        whitelist.rules.push_back(next);
    }
    const auto untold = analyzer::not_filled_by_dnsmasq(whitelist).size();
    CHECK(untold > 0);
    for (const auto& [text, option] : {std::pair(analyzer::render_dnsmasq(whitelist), "nftset=/"),
                                       std::pair(analyzer::render_ipset(whitelist), "ipset=/")}) {
        std::size_t sets = 0;
        std::size_t told = 0;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            CHECK(line.size() <= 1000);
            told += has(line, "reads no line long enough") ? 1 : 0;
            if (has(line, option)) {
                sets += 1 + static_cast<std::size_t>(std::count(line.begin(), line.end(), ','));
            }
        }
        CHECK(sets > 20);
        CHECK(told > 0);
        CHECK(told * 2 + sets == 80);
        CHECK((told == untold) == has(option, "nftset"));
    }
}

TEST_CASE("a domain is shown as what it is, and the answers for names below it are told") {
    World world;
    for (const auto* name : {"a", "b", "c", "d", "e"}) {
        const auto full = std::string(name) + ".example.org";
        const auto to = "198.51.100." + std::to_string(*name);
        world.flow("/bin/a", to.c_str(), full.c_str());
        world.answer("/bin/a", full.c_str(), to.c_str());
    }
    world.answer("/bin/a", "aexample.org", "198.51.100.97");
    const auto whitelist = analyzer::suggest(world.record, {.widening = analyzer::Widening::name});
    REQUIRE(whitelist.rules.size() == 1);
    REQUIRE(whitelist.rules[0].by_name.size() == 1);
    CHECK(has(analyzer::render_table(whitelist, {200, false}), "*.example.org (5 addresses so far)"));
    const auto nft = analyzer::render_nft(whitelist);
    CHECK(has(nft, " *.example.org"));
    CHECK(has(nft, "dnsmasq alone"));
    const auto text = analyzer::render_explanation(world.record, whitelist, whitelist.rules[0]);
    CHECK(has(text, "            *.example.org\n"));
    CHECK(has(text, "name      a.example.org: 1 address so far\n"));
    CHECK(has(text, "name      e.example.org: 1 address so far\n"));
    CHECK_FALSE(has(text, "aexample.org:"));
}

TEST_CASE("what breaks without a rule is what no other rule admits, and nothing that was left out") {
    World world;
    world.flow("/bin/a", "198.51.100.1").key.task =
        world.record.identities.add(model::Task{model::TaskKind::service, ForeignText("needs.service")});
    world.flow("/bin/a", "198.51.100.1").key.task =
        world.record.identities.add(model::Task{model::TaskKind::session, ForeignText("ssh, uid 33")});
    auto whitelist = world.whitelist();
    REQUIRE(whitelist.rules.size() == 1);
    REQUIRE(whitelist.left_out.size() == 1);
    const auto text = analyzer::render_explanation(world.record, whitelist, whitelist.rules[0]);
    CHECK(has(text, "needs.service breaks without it: 1 flow on 1 day"));
    CHECK_FALSE(has(text, "ssh, uid 33 breaks"));
    auto other = whitelist.rules[0];
    other.id = "000000000000";
    other.details.push_back(444);
    whitelist.rules.push_back(other);
    const auto beside = analyzer::render_explanation(world.record, whitelist, whitelist.rules[0]);
    CHECK_FALSE(has(beside, "needs.service breaks"));
    CHECK(has(beside, "nothing breaks without it"));
}

TEST_CASE("no name brings this host, its networks or its cloud's credentials into a whitelist") {
    World world;
    world.flow("/bin/a", "198.51.100.1", "api.example.org");
    world.answer("/bin/a", "api.example.org", "198.51.100.1");
    // A mapped address (::ffff:0:0/96) is IPv4 by the time that a rule sees the packet.
    const auto is_listed = [](const char* text, bool and_private) {
        const auto wanted = address(text).unmapped();
        const auto list = analyzer::no_names_addresses(wanted.family(), and_private);
        return std::any_of(list.begin(), list.end(),
                           [&wanted](const auto& prefix) { return prefix.contains(wanted); });
    };
    for (const auto* never :
         {"169.254.169.254", "100.100.100.200", "fd00:ec2::254", "127.0.0.1", "127.8.8.8", "::1", "0.0.0.0",
          "0.1.2.3", "::", "224.0.0.1", "239.1.1.1", "ff02::1", "169.254.1.1", "fe80::1", "255.255.255.255",
          "::ffff:127.0.0.1", "64:ff9b::169.254.169.254"}) {
        CAPTURE(never);
        CHECK(analyzer::why_no_names_address(address(never)) != nullptr);
        CHECK(is_listed(never, false));
        CHECK(is_listed(never, true));
        world.answer("/bin/a", "api.example.org", never);
    }
    for (const auto* own : {"10.0.0.5", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
                            "fd12::1", "64:ff9b::10.0.0.5"}) {
        CAPTURE(own);
        CHECK(analyzer::is_private(address(own)));
        CHECK_FALSE(is_listed(own, false));
        CHECK(is_listed(own, true));
        world.answer("/bin/a", "api.example.org", own);
    }
    for (const auto* other : {"172.32.0.1", "100.128.0.1", "169.253.0.1", "2001:db8::1", "198.51.100.2"}) {
        CAPTURE(other);
        CHECK_FALSE(analyzer::is_private(address(other)));
        CHECK(analyzer::why_no_names_address(address(other)) == nullptr);
        CHECK_FALSE(is_listed(other, true));
        world.answer("/bin/a", "api.example.org", other);
    }
    const auto whitelist = world.whitelist();
    REQUIRE(whitelist.rules.size() == 1);
    REQUIRE(whitelist.rules[0].by_name.size() == 1);
    CHECK(whitelist.rules[0].by_name[0].addresses ==
          std::vector{address("100.128.0.1"), address("169.253.0.1"), address("172.32.0.1"),
                      address("198.51.100.1"), address("198.51.100.2"), address("2001:db8::1")});
}

TEST_CASE("where a flow went to a network of one's own by a name, that is what the name stands for") {
    World world;
    world.flow("/bin/a", "10.0.0.5", "db.example.org");
    world.answer("/bin/a", "db.example.org", "10.0.0.5");
    world.answer("/bin/a", "db.example.org", "10.0.0.6");
    const auto whitelist = world.whitelist();
    REQUIRE(whitelist.rules.size() == 1);
    CHECK(whitelist.rules[0].by_name.at(0).addresses == std::vector{address("10.0.0.5")});
}

TEST_CASE("what fills a name's set in the kernel opens no more than its name may") {
    World world;
    world.flow("/bin/a", "10.0.0.5", "db.example.org");
    world.answer("/bin/a", "db.example.org", "10.0.0.5");
    world.flow("/bin/a", "198.51.100.1", "api.example.org");
    world.answer("/bin/a", "api.example.org", "198.51.100.1");
    auto whitelist = world.whitelist();
    REQUIRE(whitelist.rules.size() == 1);
    const auto set = "@n_" + whitelist.rules[0].id;
    const auto nft = analyzer::render_nft(whitelist);
    CHECK(has(nft, "ip daddr " + set + "_0_4 ip daddr != @not_by_public_name_4 accept")); // api
    CHECK(has(nft, "ip6 daddr " + set + "_0_6 ip6 daddr != @not_by_public_name_6 accept"));
    CHECK(has(nft, "ip daddr " + set + "_1_4 ip daddr != @not_by_name_4 accept")); // db
    CHECK(has(nft, "ip6 daddr " + set + "_1_6 ip6 daddr != @not_by_name_6 accept"));
    CHECK(has(nft, "\tset not_by_name_4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\telements = "
                   "{\n\t\t\t0.0.0.0/8,\n\t\t\t100.100.100.200,\n\t\t\t127.0.0.0/8,\n\t\t\t169.254.0.0/16,\n"
                   "\t\t\t224.0.0.0/4,\n\t\t\t255.255.255.255 }\n\t}\n"));
    CHECK(has(nft, "\tset not_by_public_name_6 {"));
    const auto ip = "--match-set fwn_" + whitelist.rules[0].id;
    const auto iptables = analyzer::render_iptables(whitelist, model::Family::ipv4).text;
    CHECK(has(iptables, ip + "_0_4 dst -m set ! --match-set fwlearn_not_by_public_name_4 dst "));
    CHECK(has(iptables, ip + "_1_4 dst -m set ! --match-set fwlearn_not_by_name_4 dst "));
    CHECK(has(analyzer::render_iptables(whitelist, model::Family::ipv6).text,
              ip + "_0_6 dst -m set ! --match-set fwlearn_not_by_public_name_6 dst "));
    CHECK(has(analyzer::render_ipset(whitelist),
              "create fwlearn_not_by_name_4 hash:net family inet\nflush fwlearn_not_by_name_4\n"
              "add fwlearn_not_by_name_4 0.0.0.0/8\n"));
    // What a document of an older fwlearn says is admitted by its name is judged as the kernel does.
    auto older = nlohmann::json::parse(analyzer::render_json(whitelist));
    older["rules"][0]["by_name"][0]["addresses"] = {"169.254.169.254", "198.51.100.1"};
    older["rules"][0]["addresses"] = {"10.0.0.5", "169.254.169.254", "198.51.100.1"};
    CHECK(analyzer::read_rules(older.dump()) == analyzer::read_rules(analyzer::render_json(whitelist)));
    // No more sets than lines that look into them.
    whitelist.rules[0].by_name.erase(whitelist.rules[0].by_name.begin());
    CHECK_FALSE(has(analyzer::render_nft(whitelist), "not_by_public"));
    whitelist.rules[0].by_name.clear();
    CHECK_FALSE(has(analyzer::render_nft(whitelist), "not_by"));
}

TEST_CASE("a flow to what no name can stand for is admitted by its address, if at all") {
    World world;
    const auto ntp = Service::port(model::protocol::udp, 123); // as Google's cloud has it
    world.flow("/bin/a", "169.254.169.254", "metadata.google.internal", BindingSource::dns_process, ntp);
    world.answer("/bin/a", "metadata.google.internal", "169.254.169.254");
    const auto whitelist = world.whitelist();
    REQUIRE(whitelist.rules.size() == 1);
    CHECK(whitelist.rules[0].by_name.empty());
    REQUIRE(whitelist.rules[0].addresses.size() == 1);
    CHECK(whitelist.rules[0].addresses[0].to_string() == "169.254.169.254");
}
