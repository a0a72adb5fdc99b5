#include <analyzer/redact.hpp>

#include <doctest/doctest.h>
#include <redact_address.hpp>

#include <random>

using namespace fwlearn;
using analyzer::Redactor;
using model::Address;
using model::ForeignText;

namespace {

Redactor redactor(const std::string& key = "a key of thirty-two octets, surely") {
    return Redactor(key, model::Record());
}

Address parse(const char* text) {
    return *Address::parse(text);
}

unsigned common_bits(const Address& one, const Address& other) {
    for (unsigned index = 0; index < one.bits(); ++index) {
        if (((one.octets()[index / 8] ^ other.octets()[index / 8]) >> (7 - index % 8) & 1U) != 0) {
            return index;
        }
    }
    return one.bits();
}

/// In which of these it lies, by number.
std::vector<std::size_t> special(const Address& address) {
    static const std::vector<std::pair<Address, unsigned>> prefixes{
        {parse("0.0.0.0"), 8},      {parse("10.0.0.0"), 8},     {parse("100.64.0.0"), 10},
        {parse("127.0.0.0"), 8},    {parse("169.254.0.0"), 16}, {parse("172.16.0.0"), 12},
        {parse("192.168.0.0"), 16}, {parse("224.0.0.0"), 4},    {parse("240.0.0.0"), 4},
        {parse("2000::"), 3},       {parse("fc00::"), 7},       {parse("fe80::"), 10},
        {parse("ff00::"), 8},       {parse("64:ff9b::"), 96}};
    std::vector<std::size_t> in;
    for (std::size_t index = 0; index < prefixes.size(); ++index) {
        const auto& [first, length] = prefixes[index];
        if (first.family() == address.family() && common_bits(first, address) >= length) {
            in.push_back(index);
        }
    }
    return in;
}

std::vector<Address> many_addresses() {
    std::mt19937 random(20261126); // NOLINT: the same each time
    std::vector<Address> addresses;
    const std::array<Address, 9> near{parse("10.1.2.3"),    parse("100.64.0.1"),  parse("169.254.1.2"),
                                      parse("172.31.2.1"),  parse("192.168.1.7"), parse("198.51.100.7"),
                                      parse("2001:db8::1"), parse("fd12::7"),     parse("fe80::1")};
    for (unsigned round = 0; round < 300; ++round) {
        for (const auto& one : near) {
            std::vector<std::uint8_t> octets(one.octets().begin(), one.octets().end());
            const auto from = random() % octets.size();
            for (auto index = from; index < octets.size(); ++index) {
                octets[index] = static_cast<std::uint8_t>(random());
            }
            addresses.push_back(*Address::from_octets(octets));
        }
    }
    return addresses;
}

} // namespace

TEST_CASE("addresses have as many first bits in common as before, and stay what they are") {
    auto pseudonyms = redactor();
    const auto addresses = many_addresses();
    std::size_t changed = 0;
    for (std::size_t index = 0; index + 1 < addresses.size(); ++index) {
        const auto& one = addresses[index];
        const auto redacted = pseudonyms.address(one);
        CAPTURE(one.to_string());
        CAPTURE(redacted.to_string());
        CHECK(redacted.family() == one.family());
        CHECK(special(redacted) == special(one));
        changed += redacted != one ? 1U : 0U;
        for (std::size_t other = index + 1; other < std::min(addresses.size(), index + 50); ++other) {
            if (addresses[other].family() == one.family()) {
                CHECK(common_bits(redacted, pseudonyms.address(addresses[other])) ==
                      common_bits(one, addresses[other]));
            }
        }
    }
    CHECK(changed * 100 > addresses.size() * 95); // near a special prefix little can change
}

TEST_CASE("what means the same everywhere stays, and another key gives other pseudonyms") {
    auto one = redactor();
    auto other = redactor("another");
    for (const auto* same : {"169.254.169.254", "100.100.100.200", "fd00:ec2::254", "0.0.0.0",
                             "::", "255.255.255.255", "224.0.0.251", "ff02::fb"}) {
        CHECK(one.address(parse(same)) == parse(same));
    }
    CHECK(one.address(parse("198.51.100.7")) == redactor().address(parse("198.51.100.7")));
    CHECK(one.address(parse("2001:db8::7")) != other.address(parse("2001:db8::7")));
    CHECK(one.name(ForeignText("a.example.org")) != other.name(ForeignText("a.example.org")));
    CHECK(one.name(ForeignText("a.example.org")) == redactor().name(ForeignText("a.example.org")));
}

TEST_CASE("names keep their labels' number and their public suffix, and nothing else") {
    auto pseudonyms = redactor();
    const auto name = [&](const std::string& text) { return pseudonyms.name(ForeignText(text)).raw_bytes(); };
    const auto domain = name("example.co.uk");
    CHECK(domain.ends_with(".co.uk"));
    CHECK(domain.find("example") == std::string::npos);
    CHECK(name("www.example.co.uk").ends_with("." + domain));
    // The same word below two domains is two.
    CHECK(name("www.example.org").substr(0, 11) != name("www.example.net").substr(0, 11));
    CHECK(name("db7.lan").find("lan") == std::string::npos); // no public suffix
    CHECK(name("db7").find("db7") == std::string::npos);
    // Who else's they are is nobody's business, though the list has them.
    CHECK(name("bucket.s3.amazonaws.com").find("amazonaws") == std::string::npos);
    CHECK(name(std::string("secret.org\0.com", 15)).find("secret") == std::string::npos);
    CHECK(name("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa").size() <= 253);
    CHECK(name("org") == "org");
    for (const auto* odd :
         {"acmecorp.", ".acmecorp", "acmecorp..", "www..acmecorp", "ACMECORP.ORG", "acmecorp.org."}) {
        CHECK(name(odd).find("acmecorp") == std::string::npos);
        CHECK(name(odd).find("ACMECORP") == std::string::npos);
    }
    CHECK(name("").empty());
}

TEST_CASE("paths keep what every host has, and units their type and what says that they do not last") {
    auto pseudonyms = redactor();
    const auto path = [&](const char* text) { return pseudonyms.path(ForeignText(text)).raw_bytes(); };
    const auto unit = [&](const char* text) { return pseudonyms.unit(ForeignText(text)).raw_bytes(); };
    CHECK(path("/usr/bin/acmed").starts_with("/usr/bin/f"));
    CHECK(path("/usr/bin/acmed").find("acmed") == std::string::npos);
    CHECK(path("/usr/bin/acmed") != path("/usr/bin/acmee"));
    CHECK(path("/usr/bin/bash") == "/usr/bin/bash");
    CHECK(path("/usr/bin/python3.11") == "/usr/bin/python3.11");
    CHECK(path("/home/jane/bash/tool").find("jane") == std::string::npos);
    CHECK(path("/home/jane/bash/tool").find("bash") == std::string::npos); // a folder's name
    CHECK(path("/home/tmp") != "/home/tmp");                               // a program's name
    CHECK(path("").empty());
    CHECK(path("relative/x").front() == 'f');
    CHECK(unit("acme.service").ends_with(".service"));
    CHECK(unit("acme.service").find("acme") == std::string::npos);
    CHECK(unit("run-u12.service").starts_with("run-"));
    CHECK(unit("acme@one.service").substr(0, 11) == unit("acme@two.service").substr(0, 11));
    CHECK(unit("acme@one.service") != unit("acme@two.service"));
    CHECK(pseudonyms.cgroup(ForeignText("/system.slice/acme.service")).raw_bytes() ==
          "/system.slice/" + unit("acme.service"));
    CHECK(unit("").empty());
}

TEST_CASE("numbers of users become others of their kind, one for each, root's and nobody's order apart") {
    model::Record record;
    for (std::uint32_t uid = 0; uid < 40; ++uid) {
        record.identities.name_user(uid * 50, ForeignText("user" + std::to_string(uid)));
        model::Flow flow;
        flow.key.owner = model::SocketOwner::user(uid * 50, uid * 50);
        flow.counts.count = 1;
        record.flows.push_back(flow);
    }
    auto pseudonyms = Redactor("a key", record);
    const auto redacted = pseudonyms.redact(record);
    std::set<std::uint32_t> uids;
    std::size_t system = 0;
    for (const auto& flow : redacted.flows) {
        uids.insert(flow.key.owner.uid);
        system += flow.key.owner.uid > 0 && flow.key.owner.uid < 1000 ? 1U : 0U;
        CHECK((flow.key.owner.uid == 0) == (flow.key.owner.gid == 0));
        CHECK(redacted.identities.user(flow.key.owner.uid).raw_bytes().find("user") == std::string::npos);
    }
    CHECK(uids.size() == record.flows.size());
    CHECK(system == 19); // 50, 100, ... 950
    CHECK(uids.contains(0));
}

TEST_CASE("of random bytes nothing comes through, whatever they are taken for") {
    std::mt19937 random(4711); // NOLINT: the same each time
    auto pseudonyms = redactor();
    for (unsigned round = 0; round < 2000; ++round) {
        std::string text(12 + random() % 50, '\0');
        for (auto& byte : text) {
            constexpr std::string_view often = "/.@-ab";
            byte = random() % 6 == 0 ? often[random() % often.size()] : static_cast<char>(random());
        }
        const ForeignText foreign(text);
        const auto all = pseudonyms.name(foreign).raw_bytes() + "\n" + pseudonyms.path(foreign).raw_bytes() +
                         "\n" + pseudonyms.unit(foreign).raw_bytes() + "\n" +
                         pseudonyms.cgroup(foreign).raw_bytes();
        for (std::size_t begin = 0; begin + 5 <= text.size(); ++begin) {
            const auto part = text.substr(begin, 5);
            if (part.find_first_of("/.@") == std::string::npos) {
                CAPTURE(text);
                CHECK(all.find(part) == std::string::npos);
            }
        }
    }
}
