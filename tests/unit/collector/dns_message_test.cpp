// Is what a real name server answers understood, and nothing that was not asked for believed?
#include "captures.hpp"
#include "dns_budget.hpp"
#include "dns_message.hpp"

#include <model/host_name.hpp>

#include <algorithm>

using namespace fwlearn;
using namespace fwlearn::collector::names;
using namespace fwlearn::collector::test;

namespace {

std::vector<std::string> texts(const std::vector<model::Address>& addresses) {
    std::vector<std::string> list;
    for (const auto& address : addresses) {
        list.push_back(address.to_string());
    }
    std::sort(list.begin(), list.end());
    return list;
}

Resolved resolved(const std::string& file) {
    const auto message = decode_dns(capture(file));
    REQUIRE(message.has_value());
    return resolved_by(*message);
}

using Texts = std::vector<std::string>;

/// A response about `asked` with these records.
DnsMessage response(const std::string& asked, std::vector<DnsRecord> answers,
                    std::uint16_t type = dns_type::a) {
    DnsMessage message;
    message.response = true;
    message.question = {asked, type};
    message.answers = std::move(answers);
    return message;
}

DnsRecord a_record(const std::string& owner, const char* address, std::uint32_t ttl = 60) {
    return {owner, dns_type::a, ttl, {*model::Address::parse(address)}, {}};
}

DnsRecord alias(const std::string& owner, const std::string& target, std::uint32_t ttl = 60) {
    return {owner, dns_type::cname, ttl, {}, target};
}

/// An answer about `a`, octet by octet.
class Written {
  public:
    Written() {
        for (const unsigned number : {0x1234U, 0x8180U, 1U, 0U, 0U, 0U}) {
            put(number);
        }
        label("a");
        bytes.push_back(0);
        put(dns_type::a);
        put(1);
    }
    void put(std::size_t number) {
        bytes.push_back(static_cast<std::uint8_t>(number >> 8U));
        bytes.push_back(static_cast<std::uint8_t>(number));
    }
    void label(const std::string& text) {
        bytes.push_back(static_cast<std::uint8_t>(text.size()));
        bytes.insert(bytes.end(), text.begin(), text.end());
    }
    /// The head of a record of which this name, already written, is the owner.
    void record(std::size_t owner, std::uint16_t type, std::size_t length) {
        put(0xc000U | owner);
        for (const std::size_t number :
             {std::size_t{type}, std::size_t{1}, std::size_t{0}, std::size_t{60}, length}) {
            put(number);
        }
        ++count;
        bytes[6] = static_cast<std::uint8_t>(count >> 8U);
        bytes[7] = static_cast<std::uint8_t>(count);
    }
    /// Pointers, each to the one before, in a record that has no names; the place of the last.
    std::size_t pointers(std::size_t many) {
        constexpr std::uint16_t txt = 16;
        record(question, txt, 2 * many);
        std::size_t last = question;
        for (std::size_t index = 0; index < many; ++index) {
            const auto here = bytes.size();
            put(0xc000U | last);
            last = here;
        }
        return last;
    }
    void address(std::size_t owner) {
        record(owner, dns_type::a, 4);
        put(0xc633U);
        put(0x6407U);
    }
    void alias(std::size_t owner, std::size_t target) {
        record(owner, dns_type::cname, 2);
        put(0xc000U | target);
    }

    static constexpr std::size_t question = 12;
    Octets bytes;
    std::size_t count = 0;
};

/// A name of 251 octets at the end of it.
std::size_t long_name(Written& message) {
    constexpr std::uint16_t txt = 16;
    message.record(Written::question, txt, 5 * 50 + 1);
    const auto here = message.bytes.size();
    for (int label = 0; label < 5; ++label) {
        message.label(std::string(49, 'x'));
    }
    message.bytes.push_back(0);
    return here;
}

} // namespace

TEST_CASE("a name is told by sixteen pointers at most, and a message has 256 records at most") {
    for (const std::size_t hops : {15U, 16U}) {
        CAPTURE(hops);
        Written owner;
        owner.address(owner.pointers(hops)); // one more leads there
        CHECK(decode_dns(owner.bytes).has_value() == (hops == 15));
        Written target;
        target.alias(Written::question, target.pointers(hops));
        CHECK(decode_dns(target.bytes).has_value() == (hops == 15));
    }
    Written many;
    for (std::size_t record = 0; record < 256; ++record) {
        many.address(Written::question);
    }
    REQUIRE(decode_dns(many.bytes).has_value());
    CHECK(decode_dns(many.bytes)->answers.size() == 256);
    many.address(Written::question);
    CHECK_FALSE(decode_dns(many.bytes).has_value());
}

TEST_CASE("long names that are told again and again are unpacked for a while, and no longer") {
    Written message;
    const auto name = long_name(message);
    for (std::size_t record = 0; record < 65; ++record) {
        message.address(name);
    }
    CHECK(decode_dns(message.bytes).has_value());
    message.address(name);
    CHECK_FALSE(decode_dns(message.bytes).has_value());
    // The same counted: whatever is asked for, no more than so much was walked along.
    DnsBudget budget;
    for (int asked = 0; asked < 100'000; ++asked) {
        budget.name(message.bytes, name);
    }
    CHECK(budget.octets() <= DnsBudget::most_octets);
    DnsBudget pointing;
    for (int asked = 0; asked < 100'000; ++asked) {
        pointing.name(message.bytes, message.bytes.size() - 16); // the last record's owner
    }
    CHECK(pointing.octets() <= DnsBudget::most_octets);
}

TEST_CASE("an answer as large as can be, all of pointers to pointers, costs next to nothing") {
    Written message;
    const auto last = message.pointers(8100);
    while (message.bytes.size() + 14 <= 65535) {
        message.alias(last, last);
    }
    DnsBudget budget;
    CHECK_FALSE(budget.name(message.bytes, last).has_value());
    CHECK(budget.pointers() == DnsBudget::most_pointers);
    CHECK_FALSE(decode_dns(message.bytes).has_value());
}

TEST_CASE("a chain of sixteen names is followed, with names as long as can be") {
    Written message;
    constexpr std::size_t aliases = 15;
    std::size_t owner = Written::question;
    for (std::size_t alias = 0; alias < aliases; ++alias) {
        message.record(owner, dns_type::cname, 5 * 50 + 1);
        owner = message.bytes.size();
        for (int label = 0; label < 5; ++label) {
            message.label(std::string(49, static_cast<char>('b' + alias)));
        }
        message.bytes.push_back(0);
    }
    message.address(owner);
    const auto decoded = decode_dns(message.bytes);
    REQUIRE(decoded.has_value());
    CHECK(texts(resolved_by(*decoded).addresses) == Texts{"198.51.100.7"});
}

TEST_CASE("what one name server hands to another is no name's answer, and not malformed") {
    constexpr std::uint8_t axfr = 252;
    Written message;
    message.bytes[Written::question + 4] = axfr;
    for (int record = 0; record < 1000; ++record) {
        message.address(Written::question);
    }
    const auto decoded = decode_dns(message.bytes);
    REQUIRE(decoded.has_value());
    CHECK(decoded->answers.empty());
}

TEST_CASE("real answers say what their question's name stands for") {
    CHECK(resolved("a.answer").name == "web.example.org");
    CHECK(texts(resolved("a.answer").addresses) == Texts{"192.0.2.1", "192.0.2.2"});
    CHECK(resolved("a.answer").ttl == 300);
    CHECK(texts(resolved("aaaa.answer").addresses) == Texts{"2001:db8::1"});
    const auto chain = resolved("cname.answer");
    CHECK(chain.name == "alias.example.org");
    CHECK(chain.canonical == "web.example.org");
    CHECK(texts(chain.addresses) == Texts{"192.0.2.1", "192.0.2.2"});
    CHECK(decode_dns(capture("tcp.answer"))->answers.size() == 100);
    CHECK(resolved("tcp.answer").addresses.size() == 64);
    CHECK(texts(resolved("https.answer").addresses) == Texts{"192.0.2.9", "2001:db8::9"});
    CHECK(resolved("nxdomain.answer").addresses.empty());
    CHECK(resolved("truncated.answer").addresses.empty());
    CHECK(decode_dns(capture("truncated.answer"))->truncated);
}

TEST_CASE("real questions, with EDNS and without, are questions") {
    for (const auto* file : {"a", "aaaa", "cname", "truncated", "tcp", "https", "nxdomain"}) {
        CAPTURE(std::string(file));
        const auto question = decode_dns(capture(std::string(file) + ".question"));
        const auto answer = decode_dns(capture(std::string(file) + ".answer"));
        REQUIRE(question.has_value());
        REQUIRE(answer.has_value());
        CHECK_FALSE(question->response);
        CHECK(answer->response);
        CHECK(question->question == answer->question);
        CHECK(question->id == answer->id);
    }
}

TEST_CASE("whatever octet is changed or missing, nothing is read beyond and no owner is made up") {
    for (const auto* file : {"a.answer", "aaaa.answer", "cname.answer", "https.answer", "tcp.answer"}) {
        const auto bytes = capture(file);
        for (std::size_t at = 0; at < std::min<std::size_t>(bytes.size(), 200); ++at) {
            CHECK_FALSE(decode_dns(std::span(bytes).first(at)).has_value());
            for (const int change : {1, 0x40, 0xc0, 0xff}) {
                auto broken = bytes;
                broken[at] = static_cast<std::uint8_t>(broken[at] ^ change);
                const auto message = decode_dns(broken);
                for (const auto& record : message ? message->answers : std::vector<DnsRecord>()) {
                    REQUIRE(model::host_name(record.owner) == record.owner);
                }
            }
        }
    }
}

TEST_CASE("a compressed name that points to itself, and a dot within a label, are no names") {
    auto loop = capture("a.answer");
    loop[12] = 0xc0; // the question's name: a pointer to itself
    loop[13] = 12;
    CHECK_FALSE(decode_dns(loop).has_value());
    auto dotted = capture("a.answer");
    // "web.example.org" as the labels "web.example" and "org": another name, that looks the same.
    dotted[12] = 11;
    dotted[16] = '.';
    CHECK_FALSE(decode_dns(dotted).has_value());
}

TEST_CASE("records that the chain does not lead to are left aside, and the shortest TTL counts") {
    const auto followed = resolved_by(response(
        "a.example", {a_record("evil.example", "203.0.113.66"), a_record("c.example", "192.0.2.3", 50),
                      alias("b.example", "c.example", 7), alias("a.example", "b.example")}));
    CHECK(texts(followed.addresses) == Texts{"192.0.2.3"});
    CHECK(followed.ttl == 7);
    CHECK(followed.canonical == "c.example");
    const auto circle =
        resolved_by(response("a.example", {alias("a.example", "b.example"), alias("b.example", "a.example"),
                                           a_record("b.example", "192.0.2.3")}));
    CHECK(texts(circle.addresses) == Texts{"192.0.2.3"});
    CHECK(resolved_by(response("a.example", {a_record("a.example", "192.0.2.3", 0x80000000U)})).ttl == 0);
    auto question = response("a.example", {a_record("a.example", "192.0.2.3")});
    question.response = false;
    CHECK(resolved_by(question).addresses.empty());
    auto failed = response("a.example", {a_record("a.example", "192.0.2.3")});
    failed.rcode = 2;
    CHECK(resolved_by(failed).addresses.empty());
}

TEST_CASE("a CNAME that runs on into the next record is none, and an endless answer is cut") {
    auto answer = capture("cname.answer");
    // The first record's data is a name; its length, two octets before it, is one too short.
    const auto message = decode_dns(answer);
    REQUIRE(message.has_value());
    const auto before = message->answers.size();
    const std::size_t question_end = 12 + 25 - 2; // alias.example.org, type and class
    const std::size_t length_at = question_end + 2 + 8;
    REQUIRE(answer[question_end] == 0xc0);
    answer[length_at + 1] = static_cast<std::uint8_t>(answer[length_at + 1] - 1);
    const auto broken = decode_dns(answer);
    CHECK((!broken || broken->answers.size() < before));
    std::vector<DnsRecord> many;
    for (std::uint32_t index = 0; index < 3000; ++index) {
        many.push_back({"a.example", dns_type::a, 60, {model::Address::v4(0x0a000000U + index)}, {}});
    }
    CHECK(resolved_by(response("a.example", many)).addresses.size() == 64);
}

TEST_CASE("the labels of port and scheme are not the host's") {
    const auto found = resolved_by(
        response("_8443._https.a.example",
                 {{"_8443._https.a.example", dns_type::https, 60, {*model::Address::parse("192.0.2.1")}, ""}},
                 dns_type::https));
    CHECK(found.name == "a.example");
    CHECK(texts(found.addresses) == Texts{"192.0.2.1"});
}
