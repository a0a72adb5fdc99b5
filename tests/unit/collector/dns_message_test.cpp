// Is what a real name server answers understood, and nothing that was not asked for believed?
#include "captures.hpp"
#include "dns_message.hpp"

#include <model/host_name.hpp>

#include <algorithm>
#include <array>

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

} // namespace

TEST_CASE("real answers say what their question's name stands for") {
    CHECK(resolved("a.answer").name == "web.example.org");
    CHECK(texts(resolved("a.answer").addresses) == Texts{"192.0.2.1", "192.0.2.2"});
    CHECK(resolved("a.answer").ttl == 300);
    CHECK(texts(resolved("aaaa.answer").addresses) == Texts{"2001:db8::1"});
    const auto chain = resolved("cname.answer");
    CHECK(chain.name == "alias.example.org");
    CHECK(chain.canonical == "web.example.org");
    CHECK(texts(chain.addresses) == Texts{"192.0.2.1", "192.0.2.2"});
    CHECK(resolved("tcp.answer").addresses.size() == 100);
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

namespace {

/// A response about a.example, in the octets of RFC 1035: a TXT record full of pointers, each to the one
/// before and the first to the question's name, and then address records.
class WrittenResponse {
  public:
    explicit WrittenResponse(std::uint16_t answers) {
        for (const auto number : std::array<std::uint16_t, 6>{7, 0x8180, 1, answers, 0, 0}) {
            number16(number);
        }
        text("\1a\7example", 10);
        number16(dns_type::a);
        number16(1);
    }
    void chain(std::uint16_t pointers) {
        record(question, 16, static_cast<std::uint16_t>(2 * pointers));
        for (std::uint16_t pointer = 0; pointer < pointers; ++pointer) {
            pointers_.push_back(static_cast<std::uint16_t>(octets_.size()));
            point_to(pointer == 0 ? question : pointers_[pointer - 1U]);
        }
    }
    /// Its owner is reached by so many pointers, its own included.
    void address(std::uint16_t pointers, std::uint8_t last) {
        record(pointers == 1 ? question : pointers_.at(pointers - 2U), dns_type::a, 4);
        octets_.insert(octets_.end(), {192, 0, 2, last});
    }
    [[nodiscard]] std::span<const std::uint8_t> all() const { return octets_; }

  private:
    static constexpr std::uint16_t question = 12;
    void number16(std::uint16_t number) {
        octets_.push_back(static_cast<std::uint8_t>(number >> 8U));
        octets_.push_back(static_cast<std::uint8_t>(number & 0xffU));
    }
    void text(const char* from, std::size_t length) {
        octets_.insert(octets_.end(), from, from + length + 1);
    }
    void point_to(std::uint16_t where) { number16(static_cast<std::uint16_t>(0xc000U | where)); }
    void record(std::uint16_t owner, std::uint16_t type, std::uint16_t length) {
        point_to(owner);
        number16(type);
        number16(1);
        number16(0);
        number16(60);
        number16(length);
    }

    std::vector<std::uint8_t> octets_;
    std::vector<std::uint16_t> pointers_;
};

} // namespace

TEST_CASE("a name of more pieces than anybody makes of one is none: libc would follow thousands") {
    for (const auto pointers : std::array<std::uint16_t, 5>{1, 2, 16, 17, 100}) {
        WrittenResponse octets(2);
        octets.chain(100);
        octets.address(pointers, 1);
        const auto message = decode_dns(octets.all());
        CAPTURE(pointers);
        REQUIRE(message.has_value() == (pointers <= 16));
        if (message) {
            CHECK(texts(resolved_by(*message).addresses) == Texts{"192.0.2.1"});
        }
    }
}

TEST_CASE("of an answer the first 256 records are read") {
    constexpr std::uint16_t many = 300;
    WrittenResponse octets(many);
    for (std::uint16_t record = 0; record < many; ++record) {
        octets.address(1, static_cast<std::uint8_t>(record & 0xffU));
    }
    const auto message = decode_dns(octets.all());
    REQUIRE(message);
    CHECK(message->answers.size() == 256);
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
    CHECK(resolved_by(response("a.example", many)).addresses.size() == 128);
}

TEST_CASE("the labels of port and scheme are not the host's") {
    const auto found = resolved_by(
        response("_8443._https.a.example",
                 {{"_8443._https.a.example", dns_type::https, 60, {*model::Address::parse("192.0.2.1")}, ""}},
                 dns_type::https));
    CHECK(found.name == "a.example");
    CHECK(texts(found.addresses) == Texts{"192.0.2.1"});
}
