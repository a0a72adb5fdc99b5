// Does the process that reads packets say what reading them here says, can it do nothing else, and does it
// cost no more than the packet that it dies of?
#include "captures.hpp"
#include "process_status.hpp"
#include "reading/messages.hpp"
#include "reading/reader_process.hpp"
#include "sent_flows.hpp"
#include "written.hpp"

#include <linux/capability.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>

using namespace fwlearn;
using namespace fwlearn::collector;
using namespace fwlearn::collector::reading;
using namespace fwlearn::collector::test;
using namespace std::chrono_literals;

namespace {

void put_16(Octets& octets, std::size_t value) {
    octets.push_back(static_cast<std::uint8_t>(value >> 8U));
    octets.push_back(static_cast<std::uint8_t>(value));
}

/// An IPv4 datagram with this in it.
Octets datagram(std::uint16_t from, std::uint16_t to, const Octets& payload) {
    Octets octets{0x45, 0};
    put_16(octets, 28 + payload.size());
    for (const auto octet :
         std::initializer_list<std::uint8_t>{0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 53}) {
        octets.push_back(octet);
    }
    put_16(octets, from);
    put_16(octets, to);
    put_16(octets, 8 + payload.size());
    put_16(octets, 0);
    octets.insert(octets.end(), payload.begin(), payload.end());
    return octets;
}

/// A segment of TCP to port 443.
Octets segment(std::uint32_t sequence, std::span<const std::uint8_t> payload) {
    Octets octets{0x45, 0};
    put_16(octets, 40 + payload.size());
    for (const auto octet :
         std::initializer_list<std::uint8_t>{0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7}) {
        octets.push_back(octet);
    }
    put_16(octets, 40000);
    put_16(octets, 443);
    put_16(octets, sequence >> 16U);
    put_16(octets, sequence & 0xffffU);
    for (const auto octet : std::initializer_list<std::uint8_t>{0, 0, 0, 0, 0x50, 0x18, 1, 0, 0, 0, 0, 0}) {
        octets.push_back(octet);
    }
    octets.insert(octets.end(), payload.begin(), payload.end());
    return octets;
}

struct Packets {
    std::vector<Octets> bytes;
    std::vector<RawPacket> raw;

    void add(Octets octets, bool for_names, bool leaving) {
        bytes.push_back(std::move(octets));
        raw.push_back({bytes.back(), for_names, leaving});
    }
};

/// Of every kind, and some that are none.
Packets some_of_all() {
    Packets packets;
    packets.bytes.reserve(100);
    for (const auto* name : {"a", "aaaa", "cname", "https", "nxdomain", "truncated"}) {
        packets.add(datagram(5000, 53, capture(std::string(name) + ".question")), true, true);
        packets.add(datagram(53, 5000, capture(std::string(name) + ".answer")), true, false);
    }
    const auto hello = capture("curl.hello");
    const std::span all(hello);
    packets.add(segment(7, all.first(100)), true, true);
    packets.add(segment(107, all.subspan(100)), true, true);
    packets.add(segment(9, all), false, true);
    packets.add({}, false, true);
    packets.add({0x45}, true, true);
    packets.add(datagram(5000, 53, {1, 2, 3}), true, true);
    return packets;
}

/// The child's own words for a capability set: all digits of a mask.
bool is_zero(const std::string& mask) {
    return !mask.empty() && mask.find_first_not_of('0') == std::string::npos;
}

std::uint64_t counter(const ReaderProcess& reader, const std::string& wanted) {
    for (const auto& [name, value] : reader.counters()) {
        if (name == wanted) {
            return value;
        }
    }
    FAIL("there is no counter ", wanted);
    return 0;
}

} // namespace

TEST_CASE("what the process says of packets is what reading them here says") {
    const auto packets = some_of_all();
    PacketReader here;
    ReaderProcess there;
    const auto expected = here.read(packets.raw, at(0s));
    CHECK(there.read(packets.raw, at(0s)) == expected);
    std::size_t asked = 0;
    std::size_t answered = 0;
    std::size_t said = 0;
    for (const auto& read : expected.packets) {
        for (const auto& heard : read.names.heard) {
            asked += std::holds_alternative<Asked>(heard) ? 1 : 0;
            answered += std::holds_alternative<Answered>(heard) ? 1 : 0;
            said += std::holds_alternative<Said>(heard) ? 1 : 0;
        }
    }
    CHECK(asked == 6);
    CHECK(answered == 6);
    CHECK(said == 1); // of two segments; the one that was not copied for names says none
    // One after the other is the same.
    PacketReader singly;
    for (const auto& raw : packets.raw) {
        const std::span one(&raw, 1);
        CHECK(there.read(one, at(100s)) == [&] {
            auto reading = singly.read(one, at(100s));
            reading.heads_given_up += expected.heads_given_up;
            reading.streams_dropped += expected.streams_dropped;
            return reading;
        }());
    }
    CHECK(counter(there, "reader_restarts") == 0);
}

TEST_CASE(
    "it has no capability, no file, no other user's rights, and a filter on what it may ask the kernel") {
    ReaderProcess reader;
    const auto status = process_status(reader.pid());
    for (const auto* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
        CAPTURE(set);
        CHECK(is_zero(status.at(set)));
    }
    CHECK(status.at("NoNewPrivs") == "1");
    CHECK(status.at("Seccomp") == "2");
    if (geteuid() == 0) {
        CHECK(status.at("Uid") == "65534\t65534\t65534\t65534");
        CHECK(status.at("Gid") == "65534\t65534\t65534\t65534");
        CHECK(status.at("Groups").empty());
    }
    std::size_t open = 0;
    for (const auto& file :
         std::filesystem::directory_iterator("/proc/" + std::to_string(reader.pid()) + "/fd")) {
        ++open;
        CHECK(std::filesystem::read_symlink(file).string().starts_with("socket:"));
    }
    CHECK(open == 1);
}

TEST_CASE("who starts it has no capability but to make it another user's and to end it") {
    constexpr auto of_root =
        1ULL << unsigned{CAP_KILL} | 1ULL << unsigned{CAP_SETGID} | 1ULL << unsigned{CAP_SETUID};
    ReaderProcess reader;
    const auto starter = static_cast<pid_t>(std::stol(process_status(reader.pid()).at("PPid")));
    REQUIRE(starter != getpid());
    const auto status = process_status(starter);
    for (const auto* set : {"CapInh", "CapAmb"}) {
        CAPTURE(set);
        CHECK(is_zero(status.at(set)));
    }
    for (const auto* set : {"CapPrm", "CapEff"}) {
        CAPTURE(set);
        const auto has = std::stoull(status.at(set), nullptr, 16);
        CHECK((has & ~(geteuid() == 0 ? of_root : 0)) == 0);
    }
    kill(reader.pid(), SIGKILL); // what it has is enough for another
    CHECK(reader.read({}, at(0s)).packets.empty());
    CHECK(counter(reader, "reader_restarts") == 1);
}

TEST_CASE("whatever a packet makes it do, it does not get far") {
    // Taken over by a packet, it would try these.
    const std::vector<std::function<void()>> deeds{
        [] { static_cast<void>(std::filesystem::exists("/etc/passwd")); },
        [] { ::socket(AF_INET, SOCK_DGRAM, 0); },
        [] { ::fork(); },
        [] { ::kill(::getppid(), 0); },
        [] { ::execl("/bin/true", "true", nullptr); },
    };
    for (std::size_t deed = 0; deed < deeds.size(); ++deed) {
        CAPTURE(deed);
        ReaderProcess reader([&deeds, deed](std::span<const RawPacket> packets, const Now&) {
            Reading reading;
            for (const auto& packet : packets) {
                if (packet.for_names) {
                    deeds[deed]();
                }
                reading.packets.emplace_back().packet.emplace();
            }
            return reading;
        });
        const Octets bytes{1};
        const std::vector<RawPacket> packets{
            {bytes, false, false}, {bytes, true, false}, {bytes, false, false}};
        const auto reading = reader.read(packets, at(0s));
        REQUIRE(reading.packets.size() == 3);
        CHECK(reading.packets[0].packet.has_value());
        CHECK_FALSE(reading.packets[1].packet.has_value());
        CHECK(reading.packets[2].packet.has_value());
        CHECK(counter(reader, "packets_fatal") == 1);
        CHECK(counter(reader, "reader_restarts") == 2); // all together, and alone
    }
}

TEST_CASE("who is killed or stopped is replaced, and nothing is missing") {
    const auto packets = some_of_all();
    const auto packet = std::span(packets.raw).first(1);
    ReaderProcess reader(
        [](std::span<const RawPacket> all, const Now& now) { return PacketReader().read(all, now); }, 500ms);
    const auto expected = reader.read(packet, at(0s));
    kill(reader.pid(), SIGKILL);
    CHECK(reader.read(packet, at(1s)).packets == expected.packets);
    kill(reader.pid(), SIGSTOP);
    CHECK(reader.read(packet, at(2s)).packets == expected.packets);
    CHECK(counter(reader, "reader_restarts") == 2);
    CHECK(counter(reader, "packets_fatal") == 0);
}

TEST_CASE("what it was in the midst of when it was killed is counted") {
    const auto hello = capture("curl.hello");
    const std::span all(hello);
    constexpr std::uint8_t syn = 2;
    Packets packets;
    packets.bytes.reserve(10);
    packets.add(segment(7, all.first(100)), true, true);
    auto connecting = segment(99, {});
    connecting[23] = 53; // to port 53
    connecting[22] = 0;
    connecting[33] = syn;
    packets.add(std::move(connecting), true, true);
    Packets others;
    others.bytes.reserve(10);
    others.add(datagram(5000, 53, capture("a.question")), true, true);
    for (const int signal : {SIGKILL, SIGSTOP}) {
        CAPTURE(signal);
        ReaderProcess reader(
            [all_of_it = std::make_shared<PacketReader>()](std::span<const RawPacket> raw, const Now& now) {
                return all_of_it->read(raw, now);
            },
            500ms);
        reader.read(packets.raw, at(0s));
        CHECK(counter(reader, "dns_streams_dropped") == 0);
        CHECK(counter(reader, "names_given_up") == 0);
        kill(reader.pid(), signal);
        reader.read(others.raw, at(1s));
        CHECK(counter(reader, "dns_streams_dropped") == 1);
        CHECK(counter(reader, "names_given_up") == 1);
        kill(reader.pid(), SIGKILL); // which had begun to read nothing
        reader.read(others.raw, at(2s));
        CHECK(counter(reader, "dns_streams_dropped") == 1);
        CHECK(counter(reader, "names_given_up") == 1);
    }
}

TEST_CASE("who kills it again and again does not keep the observer from its work") {
    ReaderProcess reader([](std::span<const RawPacket> packets, const Now&) -> Reading {
        if (!packets.empty()) {
            std::_Exit(1);
        }
        return {};
    });
    const Octets bytes{1};
    const std::vector<RawPacket> packets(100, RawPacket{bytes, false, false});
    CHECK(reader.read(packets, at(10s)).packets.size() == 100);
    CHECK(counter(reader, "reader_restarts") == 16);
    CHECK(reader.read(packets, at(10s)).packets.size() == 100);
    CHECK(counter(reader, "reader_restarts") == 16);
    CHECK(reader.read(packets, at(11s)).packets.size() == 100);
    CHECK(counter(reader, "reader_restarts") == 32);
    CHECK(counter(reader, "packets_fatal") == 300);
    CHECK(reader.not_read() == 300);
}

TEST_CASE("an answer that is not one is refused, wherever it is cut or changed") {
    const auto packets = some_of_all();
    PacketReader here;
    const auto reading = here.read(packets.raw, at(0s));
    const auto bytes = written(reading);
    CHECK(read_reading(bytes, packets.raw.size()) == reading);
    CHECK_FALSE(read_reading(bytes, packets.raw.size() + 1));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        REQUIRE_FALSE(read_reading(std::span(bytes).first(length), packets.raw.size()));
    }
    std::mt19937 random(7); // NOLINT: the same each time
    for (int changed = 0; changed < 5000; ++changed) {
        auto other = bytes;
        other[random() % other.size()] = static_cast<std::uint8_t>(random());
        if (const auto read = read_reading(other, packets.raw.size())) {
            REQUIRE(written(*read) == other); // another answer, but an answer
        }
    }
    // A name that is none.
    auto text = std::string(bytes.begin(), bytes.end());
    const auto place = text.find("curl.example.org");
    REQUIRE(place != std::string::npos);
    for (const auto* other :
         {"curl\nexample.org", "CURL.example.org", "curl.example.or\"", "curl.example.org"}) {
        text.replace(place, std::string(other).size(), other);
        const Octets octets(text.begin(), text.end());
        CHECK(read_reading(octets, packets.raw.size()).has_value() ==
              (std::string(other) == "curl.example.org"));
    }
}
