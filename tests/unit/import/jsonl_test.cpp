#include <import/jsonl.hpp>
#include <model/errors.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace fwlearn::import;

namespace {

Imported read(std::string_view text) {
    MemoryLines lines(text);
    return read_jsonl(lines, model::ForeignText("flows.jsonl"));
}

model::Timestamp at(std::string_view text) {
    return model::parse_rfc3339(text).value();
}

const std::string full =
    R"({"first_seen":"2026-11-23T07:02:08.125Z","last_seen":"2026-11-23T09:30:00.000Z","count":12,)"
    R"("process":{"exe":"/usr/lib/apt/methods/https","comm":"https","uid":42,"user":"_apt",)"
    R"("unit":"apt-daily.service","cgroup":"/system.slice/apt-daily.service","cmdline":"/usr/lib/apt/methods/https"},)"
    R"("task":{"kind":"timer","name":"apt-daily.timer"},"attribution":"exact","protocol":"tcp",)"
    R"("address":"198.51.100.7","port":443,"names":["deb.example.org","Deb.Example.net."],"replied":true,)"
    R"("bytes_out":1200,"bytes_in":90000,"packets_out":14,"packets_in":70,"answered":9,"refused":1,)"
    R"("unanswered":1,"already_open":2,"overflow":false,"interface":"eth0",)"
    R"("owner":{"kind":"user","uid":42,"gid":65534,"user":"_apt"},"unheard_of":{"a":[1]}})"
    "\n";

const std::string least =
    R"({"first_seen":"2026-11-23T07:00:00Z","count":1,"protocol":"udp","address":"2001:db8::53","port":53})"
    "\n";

/// The one complaint about `line`, after a line that is well.
std::string why_bad(std::string_view line) {
    const auto imported = read(least + std::string(line));
    REQUIRE(imported.complaints.size() == 1);
    REQUIRE(imported.complaints[0].starts_with("flows.jsonl:2: "));
    return imported.complaints[0].substr(std::string_view("flows.jsonl:2: ").size());
}

/// `least` with one more key, which has the last word about its value.
std::string with(std::string_view member) {
    return least.substr(0, least.size() - 2) + "," + std::string(member) + "}";
}

std::string refusal(std::string_view key) {
    return "\"" + std::string(key) + "\" is missing, or not what `flows --json` writes there";
}

} // namespace

TEST_CASE("every key of flows --json comes back as it went") {
    const auto imported = read(full);
    REQUIRE(imported.batch.flows.size() == 1);
    const auto& flow = imported.batch.flows[0];
    CHECK(flow.key.owner == model::SocketOwner::user(42, 65534));
    model::Process process;
    process.exe = model::ForeignText("/usr/lib/apt/methods/https");
    process.comm = model::ForeignText("https");
    process.cmdline = model::ForeignText("/usr/lib/apt/methods/https");
    process.cgroup = model::ForeignText("/system.slice/apt-daily.service");
    process.unit = model::ForeignText("apt-daily.service");
    process.uid = 42;
    CHECK(imported.identities.process(flow.key.process) == process);
    CHECK(imported.identities.task(flow.key.task) ==
          model::Task{model::TaskKind::timer, model::ForeignText("apt-daily.timer")});
    CHECK(imported.identities.interface(flow.key.interface) == model::ForeignText("eth0"));
    CHECK(imported.identities.user(42) == model::ForeignText("_apt"));
    CHECK(flow.key.attribution == model::Attribution::exact);
    CHECK_FALSE(flow.key.overflow);
    CHECK(flow.key.destination == model::Destination{model::Service::port(model::protocol::tcp, 443),
                                                     *model::Address::parse("198.51.100.7")});
    CHECK(flow.hour == model::hour_of(at("2026-11-23T07:00:00Z")));
    model::FlowCounts counts;
    counts.count = 12;
    counts.answered = 9;
    counts.refused = 1;
    counts.unanswered = 1;
    counts.already_open = 2;
    counts.packets_out = 14;
    counts.bytes_out = 1200;
    counts.packets_in = 70;
    counts.bytes_in = 90000;
    counts.first_seen = at("2026-11-23T07:02:08.125Z");
    counts.last_seen = at("2026-11-23T09:30:00Z");
    CHECK(flow.counts == counts);

    REQUIRE(imported.batch.names.size() == 2);
    model::NameBinding binding;
    binding.address = *model::Address::parse("198.51.100.7");
    binding.name = model::ForeignText("deb.example.net");
    binding.source = model::BindingSource::dns_host;
    binding.first_seen = counts.first_seen;
    binding.last_seen = counts.last_seen;
    binding.count = 1;
    CHECK(imported.batch.names[0] == binding);
    binding.name = model::ForeignText("deb.example.org");
    CHECK(imported.batch.names[1] == binding);
    CHECK(imported.observation.source == model::ObservationSource::jsonl);
    CHECK(imported.observation.started == counts.first_seen);
    CHECK(imported.observation.ended == counts.last_seen);
    CHECK(imported.observation.accounting);
    CHECK(imported.batch.gaps.empty());
}

TEST_CASE("what is absent or null is not known") {
    for (const auto& line :
         {least, with(R"("process":null,"task":null,"owner":null,"names":null,"bytes_out":null,)"
                      R"("replied":null,"interface":null,"last_seen":null,"overflow":null)")}) {
        const auto imported = read(line);
        REQUIRE(imported.batch.flows.size() == 1);
        const auto& flow = imported.batch.flows[0];
        model::FlowKey key;
        key.destination = {model::Service::port(model::protocol::udp, 53),
                           *model::Address::parse("2001:db8::53")};
        CHECK(flow.key == key);
        CHECK(flow.counts.count == 1);
        CHECK(flow.counts.answered == 0);
        CHECK(flow.counts.last_seen == flow.counts.first_seen);
        CHECK_FALSE(imported.observation.accounting);
    }
}

TEST_CASE("replied alone says that at least one was answered") {
    CHECK(read(with(R"("replied":true,"count":7)")).batch.flows[0].counts.answered == 1);
    CHECK(read(with(R"("replied":false,"count":7)")).batch.flows[0].counts.answered == 0);
    CHECK(read(with(R"("replied":true,"answered":0)")).batch.flows[0].counts.answered == 0);
}

TEST_CASE("ICMP has type and code, other protocols neither port nor type, the kernel no user") {
    const auto imported =
        read(R"({"first_seen":"2026-11-23T07:00:00Z","count":1,"protocol":"icmp","address":"198.51.100.7",)"
             R"("icmp_type":8,"icmp_code":0,"owner":{"kind":"kernel"}})"
             "\n"
             R"({"first_seen":"2026-11-23T07:00:00Z","count":1,"protocol":"esp","address":"198.51.100.7"})"
             "\n"
             R"({"first_seen":"2026-11-23T07:00:00Z","count":1,"protocol":"253","address":"198.51.100.7"})");
    REQUIRE(imported.batch.flows.size() == 3);
    CHECK(imported.batch.flows[0].key.destination.service == model::Service{model::protocol::esp, 0});
    CHECK(imported.batch.flows[1].key.destination.service == model::Service{model::Protocol{253}, 0});
    CHECK(imported.batch.flows[2].key.destination.service ==
          model::Service::icmp(model::protocol::icmp, 8, 0));
    CHECK(imported.batch.flows[2].key.owner == model::SocketOwner::kernel());
}

TEST_CASE("an overflow row stays one, and binds no name") {
    const auto imported = read(with(R"("overflow":true,"address":"::","names":["example.org"])"));
    REQUIRE(imported.batch.flows.size() == 1);
    CHECK(imported.batch.flows[0].key.overflow);
    CHECK(imported.batch.names.empty());
}

TEST_CASE("rows of the same key and hour are added, and verdicts of an audit are skipped") {
    const auto imported = read(full + full + with(R"("verdict":"denied","nearest_rule":null)"));
    CHECK(imported.lines == 3);
    CHECK(imported.skipped == 1);
    CHECK(imported.bad == 0);
    REQUIRE(imported.batch.flows.size() == 1);
    CHECK(imported.batch.flows[0].counts.count == 24);
    CHECK(imported.batch.flows[0].counts.answered == 18);
    CHECK(imported.batch.names[0].count == 2);
}

TEST_CASE("a flow keeps the verdict that it was given, and without one it was accepted") {
    const auto verdict_of = [](const std::string& line) {
        const auto imported = read(line);
        REQUIRE(imported.batch.flows.size() == 1);
        return imported.batch.flows[0].key.verdict;
    };
    CHECK(verdict_of(full) == model::FlowVerdict::accepted);
    CHECK(verdict_of(with(R"("verdict":"accepted")")) == model::FlowVerdict::accepted);
    CHECK(verdict_of(with(R"("verdict":"denied")")) == model::FlowVerdict::denied);
    CHECK(verdict_of(with(R"("verdict":"shadowed")")) == model::FlowVerdict::shadowed);
    CHECK(read(full + with(R"("verdict":"perhaps")")).bad == 1);
}

TEST_CASE("hostile text stays bytes") {
    const auto imported = read(with(
        R"("process":{"exe":"/tmp/a\u0000b\u001b[31m\";drop","comm":"\n"},"names":["x\"; accept; #","..",""])"));
    REQUIRE(imported.batch.flows.size() == 1);
    const auto& process = imported.identities.process(imported.batch.flows[0].key.process);
    CHECK(process.exe.raw_bytes() == std::string("/tmp/a\0b\x1b[31m\";drop", 19));
    REQUIRE(imported.batch.names.size() == 2);
    CHECK(imported.batch.names[0].name == model::ForeignText("."));
    CHECK(imported.batch.names[1].name == model::ForeignText("x\"; accept; #"));
}

TEST_CASE("a line of the wrong type or range is named by its key") {
    struct Case {
        std::string_view member;
        std::string_view key;
    };
    for (const auto& [member, key] : std::initializer_list<Case>{
             {R"("first_seen":1795417328)", "first_seen"},
             {R"("first_seen":"yesterday")", "first_seen"},
             {R"("first_seen":"1969-12-31T23:59:59Z")", "first_seen"},
             {R"("last_seen":"2026-11-23T06:59:59Z")", "last_seen"},
             {R"("count":0)", "count"},
             {R"("count":-1)", "count"},
             {R"("count":1.5)", "count"},
             {R"("count":9007199254740992)", "count"},
             {R"("count":"1")", "count"},
             {R"("count":1e400)", ""},
             {R"("answered":2)", "answered"},
             {R"("answered":1,"refused":1)", "refused"},
             {R"("refused":1,"unanswered":1)", "unanswered"},
             {R"("already_open":2)", "already_open"},
             {R"("bytes_out":18446744073709551616)", "bytes_out"},
             {R"("port":65536)", "port"},
             {R"("port":null)", "port"},
             {R"("address":"example.org")", "address"},
             {R"("protocol":"256")", "protocol"},
             {R"("protocol":"icmp","icmp_type":8,"icmp_code":0)", "protocol"},
             {R"("protocol":"icmpv6","icmp_type":256,"icmp_code":0)", "icmp_type"},
             {R"("protocol":"icmpv6","icmp_type":128)", "icmp_code"},
             {R"("names":"example.org")", "names"},
             {R"("names":[1])", "names"},
             {R"("process":"apt")", "process"},
             {R"("process":{"uid":4294967296})", "process.uid"},
             {R"("task":{"kind":"butler"})", "task.kind"},
             {R"("owner":{"kind":"user"})", "owner.uid"},
             {R"("attribution":"certain")", "attribution"},
             {R"("overflow":1)", "overflow"},
             {R"("replied":"yes")", "replied"},
         }) {
        const auto& shown = member;
        CAPTURE(shown);
        CHECK(why_bad(with(member)) == (key.empty() ? "is no JSON object" : refusal(key)));
    }
    // All that the kernel knows fits; what does not would be stored and printed as long as it is.
    const auto name = [](std::size_t length) { return '"' + std::string(length, 'n') + '"'; };
    CHECK(why_bad(with("\"process\":{\"exe\":" + name(16385) + "}")) == refusal("process.exe"));
    CHECK(why_bad(with("\"process\":{\"ancestors\":[" + name(16385) + "]}")) == refusal("process.ancestors"));
    CHECK(why_bad(with("\"names\":[" + name(100'000) + "]")) == refusal("names"));
    CHECK(read(with("\"process\":{\"exe\":" + name(16384) + "}")).bad == 0);
    for (const auto* line : {"x", "[]", "1", "\"a\"", "{", "{}}", "null", "{\"a\":\"\xff\"}"}) {
        CAPTURE(line);
        CHECK(why_bad(line) == "is no JSON object");
    }
}

TEST_CASE("bad lines become a gap over the file's time, and a file of them alone is refused") {
    const auto imported = read(full + "x\n\n" + least);
    CHECK(imported.lines == 3);
    CHECK(imported.bad == 1);
    const std::vector<model::CaptureGap> gaps{
        {at("2026-11-23T07:00:00Z"), at("2026-11-23T09:30:00Z"), model::GapReason::malformed_input, 1}};
    CHECK(imported.batch.gaps == gaps);
    CHECK_THROWS_WITH_AS((void)read("x\ny\n"),
                         "no line could be understood: flows.jsonl:1: is no JSON object", model::UsageError);
    CHECK_THROWS_WITH_AS((void)read("\n"), "flows.jsonl: holds no record", model::UsageError);
}

TEST_CASE("deep nesting does not exhaust the stack") {
    const std::string deep(500'000, '[');
    CHECK(why_bad(deep) == "is no JSON object");
    CHECK(read(with("\"deep\":" + deep + std::string(500'000, ']'))).bad == 0);
}
