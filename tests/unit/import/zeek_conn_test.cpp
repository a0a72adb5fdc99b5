#include "zeek_samples.hpp"

#include <model/errors.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace fwlearn::import;
using namespace fwlearn::import::samples;

namespace {

// 1795417328 is 2026-11-23T07:02:08Z.
const std::string https =
    tabs("1795417328.125600 CxT1 192.0.2.10 41234 198.51.100.7 443 tcp ssl 61.5 517 4200 "
         "SF T F 0 ShADadFf 10 1041 9 4572 - 6\n");

/// The outcome of one TCP record: answered, refused, unanswered, already open, or open.
std::string outcome_of(std::string_view columns) {
    const auto imported = read(conn_header + tabs(columns) + "\n");
    REQUIRE(imported.bad == 0);
    if (imported.batch.flows.empty()) {
        return "skipped";
    }
    const auto& counts = imported.batch.flows.front().counts;
    std::string words = counts.answered == 1     ? "answered"
                        : counts.refused == 1    ? "refused"
                        : counts.unanswered == 1 ? "unanswered"
                                                 : "open";
    return words + (counts.already_open == 1 ? ", already open" : "");
}

std::string why_bad(std::string_view line) {
    const auto imported = read(conn_header + https + std::string(line) + "\n");
    REQUIRE(imported.bad == 1);
    REQUIRE(imported.complaints.size() == 1);
    return imported.complaints.front();
}

} // namespace

TEST_CASE("a connection that the server began becomes a flow with its counts, and the file an observation") {
    const auto imported = read(conn_header + https);
    REQUIRE(imported.batch.flows.size() == 1);
    const auto& flow = imported.batch.flows.front();
    CHECK(flow.key == key_of(model::Service::port(model::protocol::tcp, 443), "198.51.100.7"));
    CHECK(flow.key.owner.kind == model::OwnerKind::unknown);
    CHECK(flow.key.attribution == model::Attribution::unknown);
    CHECK(flow.hour == model::hour_of(at("2026-11-23T07:00:00Z")));
    model::FlowCounts counts;
    counts.count = counts.answered = 1;
    counts.packets_out = 10;
    counts.bytes_out = 1041;
    counts.packets_in = 9;
    counts.bytes_in = 4572;
    counts.first_seen = at("2026-11-23T07:02:08.125Z");
    counts.last_seen = at("2026-11-23T07:03:09.625Z");
    CHECK(flow.counts == counts);

    model::Observation observation;
    observation.source = model::ObservationSource::zeek;
    observation.started = counts.first_seen;
    observation.last_alive = counts.last_seen;
    observation.ended = counts.last_seen;
    observation.host = model::ForeignText("conn.log");
    observation.accounting = true;
    CHECK(imported.observation == observation);
    CHECK(imported.lines == 1);
    CHECK(imported.skipped == 0);
    CHECK(imported.bad == 0);
    CHECK(imported.complaints.empty());
    CHECK(imported.batch.gaps.empty());
    CHECK(imported.batch.names.empty());
}

TEST_CASE("what others began, loopback, and what nothing of left this host is skipped and counted") {
    const auto imported =
        read(conn_header + https +
             tabs("1795417000.0 C1 203.0.113.5 40000 192.0.2.10 22 tcp ssh 1.0 10 10 SF F T 0 ShADadFf 5 300 "
                  "5 300 - 6\n"
                  "1795417400.0 C2 203.0.113.5 40000 203.0.113.6 22 tcp - 1.0 10 10 SF F F 0 ShADadFf 5 300 "
                  "5 300 - 6\n"
                  "1795417401.0 C3 192.0.2.10 40000 127.0.0.1 25 tcp - 1.0 10 10 SF T T 0 ShADadFf 5 300 5 "
                  "300 - 6\n"
                  "1795417402.0 C4 192.0.2.10 40000 192.0.2.10 25 tcp - 1.0 10 10 SF T T 0 ShADadFf 5 300 5 "
                  "300 - 6\n"
                  // A SYN-ACK that nobody asked for: Zeek turns it round, and nothing was sent from here.
                  "1795417403.0 C5 192.0.2.10 80 203.0.113.9 443 tcp - - - - SHR T F 0 ^h 0 0 1 44 - 6\n"));
    CHECK(imported.lines == 6);
    CHECK(imported.skipped == 5);
    CHECK(imported.bad == 0);
    CHECK(imported.batch.flows.size() == 1);
    CHECK(imported.observation.started == at("2026-11-23T06:56:40Z"));
}

TEST_CASE("conn_state tells how a TCP connection ended") {
    const auto tcp = [](std::string_view state, std::string_view history, std::string_view counts) {
        return outcome_of("1795417328.1 C1 192.0.2.10 41234 198.51.100.7 443 tcp - 1.0 0 0 " +
                          std::string(state) + " T F 0 " + std::string(history) + " " + std::string(counts) +
                          " - 6");
    };
    CHECK(tcp("S0", "S", "3 180 0 0") == "unanswered");
    CHECK(tcp("SH", "SF", "2 92 0 0") == "unanswered");
    CHECK(tcp("RSTOS0", "SR", "2 100 0 0") == "unanswered");
    CHECK(tcp("REJ", "Sr", "1 60 1 40") == "refused");
    for (const auto* state : {"S1", "S2", "S3", "SF", "RSTO", "RSTR", "SHR", "RSTRH"}) {
        CHECK(tcp(state, "ShA", "2 112 1 60") == "answered");
    }
    CHECK(tcp("OTH", "DadA", "4 400 3 300") == "answered, already open");
    CHECK(tcp("OTH", "DA", "4 400 0 0") == "open, already open");
    CHECK(tcp("-", "ShA", "2 112 1 60") == "answered");
    CHECK(tcp("-", "S", "2 112 0 0") == "open");
}

TEST_CASE("without a beginning, a packet from a service's port to a client's is an answer") {
    const auto midstream = [](std::string_view ports) {
        const auto space = ports.find(' ');
        return outcome_of("1795417328.1 C1 192.0.2.10 " + std::string(ports.substr(0, space)) +
                          " 198.51.100.7 " + std::string(ports.substr(space + 1)) +
                          " tcp - 1.0 9 9 OTH T F 0 Dd 4 400 3 300 - 6");
    };
    CHECK(midstream("443 51234") == "skipped");
    CHECK(midstream("8080 32768") == "skipped");
    CHECK(midstream("51234 443") == "answered, already open");
    CHECK(midstream("2048 8080") == "answered, already open");
    CHECK(midstream("51234 51235") == "answered, already open");
}

TEST_CASE("a datagram is answered when anything came back") {
    const auto udp = [](std::string_view end) {
        return outcome_of("1795417328.1 C1 192.0.2.10 41234 198.51.100.7 123 udp ntp " + std::string(end) +
                          " - 17");
    };
    CHECK(udp("0.02 48 48 SF T F 0 Dd 1 76 1 76") == "answered");
    CHECK(udp("- - - S0 T F 0 D 1 76 0 0") == "unanswered");
    CHECK(udp("- - - - T F 0 D 1 76 0 0") == "unanswered");
    CHECK(udp("- - - - T F 0 Dd 1 76 - -") == "answered");
    CHECK(udp("- - - - T F 0 - 1 76 - -") == "open");
    CHECK(udp("- - - SF T F 0 - 1 76 - -") == "answered");
}

TEST_CASE("ICMP keeps type and code, and only what begins an exchange") {
    const auto imported = read(
        conn_header +
        // Zeek has the type of the answer in the place of the code for requests.
        tabs("1795417328.1 C1 192.0.2.10 8 198.51.100.7 0 icmp - 1.0 56 56 OTH T F 0 - 1 84 1 84 - 1\n"
             "1795417328.2 C2 2001:db8::10 128 2001:db8:1::7 129 icmp - - - - OTH T F 0 - 1 104 0 0 - 58\n"
             "1795417328.3 C3 192.0.2.10 3 198.51.100.7 3 icmp - - - - OTH T F 0 - 1 84 0 0 - 1\n"
             "1795417328.4 C4 192.0.2.10 0 198.51.100.7 8 icmp - - - - OTH T F 0 - 1 84 0 0 - 1\n"
             "1795417328.5 C5 2001:db8::10 135 2001:db8::1 136 icmp - - - - OTH T F 0 - 1 72 1 72 - 58\n"));
    REQUIRE(imported.batch.flows.size() == 2);
    CHECK(imported.skipped == 3);
    CHECK(imported.batch.flows[0].key ==
          key_of(model::Service::icmp(model::protocol::icmp, 8, 0), "198.51.100.7"));
    CHECK(imported.batch.flows[0].counts.answered == 1);
    CHECK(imported.batch.flows[1].key ==
          key_of(model::Service::icmp(model::protocol::icmpv6, 128, 0), "2001:db8:1::7"));
    CHECK(imported.batch.flows[1].counts.unanswered == 1);
}

TEST_CASE("a protocol that Zeek does not know is taken by its number, or named as bad") {
    const std::string esp =
        "1795417328.1 C1 192.0.2.10 0 198.51.100.7 0 unknown_transport - - - - OTH T F 0 - 1 84 0 0 - ";
    const auto imported = read(conn_header + tabs(esp + "50\n"));
    REQUIRE(imported.batch.flows.size() == 1);
    CHECK(imported.batch.flows[0].key == key_of({model::protocol::esp, 0}, "198.51.100.7"));
    CHECK(why_bad(tabs(esp + "-")) ==
          "conn.log:10: proto does not say which protocol it was, and there is no ip_proto");
    CHECK(why_bad(tabs(esp + "256")) ==
          "conn.log:10: proto does not say which protocol it was, and there is no ip_proto");
    CHECK(why_bad(tabs(esp + "132")) == "conn.log:10: Zeek does not know this protocol's ports");
    CHECK(why_bad(tabs(esp + "58")) ==
          "conn.log:10: id.orig_p is no ICMP type, or ip_proto is the other family's");
}

TEST_CASE("equal destinations of one hour are one row, and hours stay apart") {
    std::string log = conn_header;
    for (const auto* time : {"1795417328.1", "1795417300.1", "1795420801.0"}) {
        log += tabs(time +
                    std::string(" C1 192.0.2.10 41234 198.51.100.7 443 tcp - 2.0 100 200 SF T F 0 ShAdDaFf 4 "
                                "260 3 320 - 6\n"));
    }
    const auto imported = read(log);
    REQUIRE(imported.batch.flows.size() == 2);
    CHECK(imported.batch.flows[0].counts.count == 2);
    CHECK(imported.batch.flows[0].counts.answered == 2);
    CHECK(imported.batch.flows[0].counts.bytes_out == 520);
    CHECK(imported.batch.flows[0].counts.first_seen == at("2026-11-23T07:01:40.100Z"));
    CHECK(imported.batch.flows[0].hour == model::hour_of(at("2026-11-23T07:00:00Z")));
}

TEST_CASE("JSON gives what TSV gives, with epoch and with ISO times") {
    const auto tsv = read(conn_header + https);
    for (const auto* time : {"1795417328.1256", "\"2026-11-23T07:02:08.125600Z\""}) {
        const auto json = read(
            R"({"ts":)" + std::string(time) +
            R"(,"uid":"CxT1","id.orig_h":"192.0.2.10","id.orig_p":41234,"id.resp_h":"198.51.100.7","id.resp_p":443,)"
            R"("proto":"tcp","service":"ssl","duration":61.5,"orig_bytes":517,"resp_bytes":4200,"conn_state":"SF",)"
            R"("local_orig":true,"history":"ShADadFf","orig_pkts":10,"orig_ip_bytes":1041,"resp_pkts":9,)"
            R"("resp_ip_bytes":4572,"tunnel_parents":["a",["b"]],"nested":{"ts":1,"proto":"udp"},"nothing":null})"
            "\n");
        CHECK(json.batch.flows == tsv.batch.flows);
        CHECK(json.observation == tsv.observation);
    }
}

TEST_CASE("a fraction of a microsecond may be written with an exponent") {
    const auto imported = read(
        R"({"ts":1.7954173281256e9,"id.orig_h":"192.0.2.10","id.orig_p":4,)"
        R"("id.resp_h":"198.51.100.7","id.resp_p":53,"proto":"udp","conn_state":"SF","duration":9.5e-7})");
    REQUIRE(imported.batch.flows.size() == 1);
    CHECK(imported.batch.flows[0].counts.last_seen == at("2026-11-23T07:02:08.125Z"));
}

TEST_CASE("columns are found by name in any order, with the separators that the header names") {
    const auto imported =
        read("#separator |\n#unset_field|NIL\n#path|site_conn\n"
             "#fields|proto|id.resp_p|id.resp_h|strange|id.orig_p|id.orig_h|conn_state|ts|duration\n"
             "tcp|25|198.51.100.9|x|40000|192.0.2.10|SF|1795417328.0|NIL\r\n");
    REQUIRE(imported.batch.flows.size() == 1);
    CHECK(imported.batch.flows[0].key ==
          key_of(model::Service::port(model::protocol::tcp, 25), "198.51.100.9"));
    CHECK(imported.batch.flows[0].counts.answered == 1);
    CHECK_FALSE(imported.observation.accounting);
}

TEST_CASE("a file may hold several headers, with other columns each") {
    const auto imported = read(
        conn_header + https + tabs("#close 2026-11-23-08-00-00\n") + "#separator \\x09\n" +
        tabs("#unset_field ?\n#path conn\n#fields ts id.orig_h id.orig_p id.resp_h id.resp_p proto "
             "conn_state\n"
             "1795421000.0 192.0.2.10 40000 198.51.100.7 443 tcp S0\n") +
        "\n" + dns_header +
        tabs("1795421001.0 C1 192.0.2.10 40000 198.51.100.53 53 udp 7 0.01 example.org 1 C_INTERNET 1 A 0 "
             "NOERROR F F T T 0 198.51.100.7 300.0 F\n"));
    CHECK(imported.lines == 3);
    CHECK(imported.bad == 0);
    CHECK(imported.batch.flows.size() == 2);
    CHECK(imported.batch.names.size() == 1);
}

TEST_CASE("without --local the log's own local_orig decides, and silence is refused") {
    const auto imported = read(conn_header + https, Locals{});
    CHECK(imported.batch.flows.size() == 1);
    const std::string inbound = tabs("1795417000.0 C1 203.0.113.5 40000 192.0.2.10 22 tcp ssh 1.0 10 10 SF F "
                                     "T 0 ShADadFf 5 300 5 300 - 6\n");
    CHECK(read(conn_header + inbound, Locals{}).skipped == 1);
    const std::string silent = tabs("1795417000.0 C1 192.0.2.10 40000 203.0.113.5 22 tcp ssh 1.0 10 10 SF - "
                                    "- 0 ShADadFf 5 300 5 300 - 6\n");
    CHECK_THROWS_WITH_AS(
        (void)read(conn_header + silent, Locals{}),
        "conn.log: does not say which end is this server's; pass its addresses with --local ADDR|CIDR",
        model::UsageError);
    const auto mixed = read(conn_header + https + silent, Locals{});
    CHECK(mixed.bad == 1);
    CHECK(mixed.complaints.front() ==
          "conn.log:10: local_orig is not set, and no --local says which end is this server's");
}

TEST_CASE("--local takes addresses and networks of both families") {
    const std::string words[] = {"192.0.2.0/24", "2001:db8::10"};
    const auto locals = Locals::parse(words);
    CHECK(locals.contains(*model::Address::parse("192.0.2.200")));
    CHECK(locals.contains(*model::Address::parse("2001:db8::10")));
    CHECK_FALSE(locals.contains(*model::Address::parse("2001:db8::11")));
    const std::string wrong[] = {"eth0\x1b"};
    CHECK_THROWS_WITH_AS(
        (void)Locals::parse(wrong),
        "--local eth0\\x1B: not an address, and not a network such as 192.0.2.0/24 or 2001:db8::/32",
        model::UsageError);
}

TEST_CASE("a bad line is counted and named, and becomes a gap") {
    const auto imported = read(conn_header + https + "gibberish\x1b[31m\n{\"ts\":1\n" + https);
    CHECK(imported.lines == 4);
    CHECK(imported.bad == 2);
    CHECK(imported.batch.flows.size() == 1);
    CHECK(imported.batch.flows[0].counts.count == 2);
    REQUIRE(imported.complaints.size() == 2);
    CHECK(imported.complaints[0] == "conn.log:10: has 1 columns, and #fields names 22");
    CHECK(imported.complaints[1] == "conn.log:11: is no JSON object");
    const std::vector<model::CaptureGap> gaps{{at("2026-11-23T07:02:08.125Z"), at("2026-11-23T07:03:09.625Z"),
                                               model::GapReason::malformed_input, 2}};
    CHECK(imported.batch.gaps == gaps);
}

TEST_CASE("numbers that cannot be are refused") {
    const auto line = [](std::string_view ts, std::string_view orig_p, std::string_view resp_p,
                         std::string_view duration, std::string_view pkts, std::string_view bytes) {
        const auto word = [](std::string_view text) { return std::string(text) + "\t"; };
        return word(ts) + "C\t192.0.2.10\t" + word(orig_p) + "198.51.100.7\t" + word(resp_p) + "tcp\t-\t" +
               word(duration) + "1\t1\tSF\tT\tF\t0\tS\t" + word(pkts) + word(bytes) + "1\t1\t-\t6";
    };
    const std::string time = "conn.log:10: ts is no time from 1970 to 9999";
    for (const auto* ts : {"-1", "-0.5", "nan", "inf", "1e300", "253402300800", "253402300799.9999999", "-",
                           "x", "0x1", " 1", "99999999999999999999999999", "1969-12-31T23:59:59Z"}) {
        CAPTURE(ts);
        CHECK(why_bad(line(ts, "1", "2", "1", "1", "1")) == time);
    }
    const std::string port = "conn.log:10: id.orig_p or id.resp_p is no port";
    for (const auto* wrong : {"-1", "65536", "1.5", "443/tcp", "-", "99999999999999999999"}) {
        CAPTURE(wrong);
        CHECK(why_bad(line("1", wrong, "2", "1", "1", "1")) == port);
        CHECK(why_bad(line("1", "1", wrong, "1", "1", "1")) == port);
    }
    const std::string counts = "conn.log:10: duration, packets or bytes are no numbers, or too large";
    for (const auto* wrong : {"-1", "nan", "1e300", "x", "253402300799", "31622401"}) {
        CAPTURE(wrong);
        CHECK(why_bad(line("1", "1", "2", wrong, "1", "1")) == counts);
    }
    CHECK(read(conn_header + line("1", "1", "2", "31622400", "1", "1")).bad == 0); // 366 days
    for (const auto* wrong : {"-1", "1.5", "9007199254740992", "18446744073709551616"}) {
        CAPTURE(wrong);
        CHECK(why_bad(line("1", "1", "2", "1", wrong, "1")) == counts);
        CHECK(why_bad(line("1", "1", "2", "1", "1", wrong)) == counts);
    }
}

TEST_CASE("sums stop at the largest count instead of wrapping") {
    const std::string huge =
        tabs("1795417328.0 C1 192.0.2.10 41234 198.51.100.7 443 tcp - - - - SF T F 0 Sh 1 "
             "9007199254740991 1 9007199254740991 - 6\n");
    const auto imported = read(conn_header + huge + huge + huge);
    REQUIRE(imported.batch.flows.size() == 1);
    CHECK(imported.batch.flows[0].counts.count == 3);
    CHECK(imported.batch.flows[0].counts.bytes_out == 9007199254740991U);
}

TEST_CASE("a file without a record, or without one that is understood, is a usage error") {
    CHECK_THROWS_WITH_AS((void)read(""), "conn.log: holds no record", model::UsageError);
    CHECK_THROWS_WITH_AS((void)read(conn_header), "conn.log: holds no record", model::UsageError);
    CHECK_THROWS_WITH_AS((void)read("lorem\nipsum\n"),
                         "no line could be understood: conn.log:1: no #fields line comes before it",
                         model::UsageError);
    CHECK_THROWS_WITH_AS((void)read(R"({"ts":1795417328.0,"host":"www","uri":"/"})"),
                         "no line could be understood: conn.log:1: is neither of conn.log nor of dns.log",
                         model::UsageError);
    CHECK_THROWS_AS((void)read("[1,2]\n3\n\"x\"\n{\"a\":1}}\n{}\n"), model::UsageError);
}

TEST_CASE("no more than ten complaints are kept, and a name with escapes stays one printable line") {
    std::string log = conn_header + https;
    for (int i = 0; i < 25; ++i) {
        log += "x\n";
    }
    MemoryLines lines(log);
    const auto imported = read_zeek(lines, model::ForeignText("a\n\x1b[31mb.log"), here());
    CHECK(imported.bad == 25);
    REQUIRE(imported.complaints.size() == 10);
    CHECK(imported.complaints[9] == "a\\x0A\\x1B[31mb.log:19: has 1 columns, and #fields names 22");
}
