// Does whoever asks for names without end leave memory, record and other users' names alone?
#include "ground/asking.hpp"
#include "ground/busy.hpp"
#include "ground/observing.hpp"
#include "ground/peak_memory.hpp"
#include "ground/responder.hpp"

#include <model/vocabulary.hpp>
#include <sql/reader.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;
constexpr std::uint32_t flooder = 4001;
constexpr std::uint32_t service = 4011;
constexpr unsigned service_names = 50;

/// So many names that those which are remembered have to make room, and a tenth where there is no time for
/// it.
unsigned names() {
    if (std::getenv("FWLEARN_FULL") != nullptr) {
        return 300'000;
    }
    return FWLEARN_FEW ? 5'000 : 30'000;
}

std::string name_of(const model::Record& record, const model::Flow& flow) {
    return record.identities.name(flow.key.name).raw_bytes();
}

} // namespace

TEST_CASE("a flood of names takes bounded memory and record, and no other user's names") {
    const Lab lab;
    const Responder responder(lab);
    NameServer server(lab, Lab::internet_address(model::Family::ipv4, 500));
    std::vector<Question> questions;
    for (unsigned number = 0; number < service_names; ++number) {
        const auto name = "host" + std::to_string(number) + ".example.org";
        server.set(name, {Lab::internet_address(model::Family::ipv4, number)});
        questions.push_back({name, ports::answering});
    }
    for (unsigned number = 0; number < names(); ++number) {
        server.set(flooded_name(number), {Lab::internet_address(model::Family::ipv6, 1 + number % 400)});
    }
    const ResolvConf resolver(server.address());
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    std::vector<std::string> through = resolver.through();
    through.insert(through.end(), {"nice", "-n", "-10"}); // as its unit runs it
    Observing observing(lab, FWLEARN_PROGRAM, database, through);
    std::uint64_t resolved = 0;
    const auto serve = [&] {
        for (const auto& asked : ask(lab, FWLEARN_ASKER, resolver, service, questions)) {
            REQUIRE(asked.outcome == "ok");
            ++resolved;
        }
    };
    constexpr unsigned a_second = 5000;
    Busy flood(lab, model::SocketOwner::user(flooder, flooder), {},
               [&] { ask_without_end(server.address(), names(), a_second); });
    serve();
    serve();
    flood.wait();
    serve();
    const auto memory = peak_memory(observing.process().pid());
    REQUIRE(observing.stop() == 0);

    const auto record = sql::Reader(database).read();
    std::uint64_t named = 0;
    std::uint64_t of_service = 0;
    std::set<std::string> wrong;
    for (const auto& flow : record.flows) {
        if (flow.key.owner.uid != service || flow.key.destination.service.detail != ports::answering) {
            continue;
        }
        of_service += flow.counts.count;
        const auto name = name_of(record, flow);
        named += name.empty() ? 0 : flow.counts.count;
        if (!name.empty() && !name.ends_with(".example.org")) {
            wrong.insert(name);
        }
    }
    std::uint64_t lost = 0;
    for (const auto& gap : record.gaps) {
        MESSAGE("gap: ", model::to_word(gap.reason), ", ", gap.lost.value_or(0));
        lost += gap.lost.value_or(0);
    }
    MESSAGE(names(), " names asked for: ", memory / mebibyte, " MiB of memory, ",
            std::filesystem::file_size(database) / mebibyte, " MiB of record, ", record.names.size(),
            " bindings; ", named, " of ", of_service, " flows of the service have their names");
#ifndef FWLEARN_SANITIZED // which makes it several times slower: who asked cannot be told any more, then
    CHECK(record.names.size() >= names() / 3);
#endif
    CHECK(of_service == resolved);
    CHECK(wrong.empty());
    CHECK(named + lost >= resolved);
#ifndef FWLEARN_SANITIZED // which takes three times as much
    CHECK(memory <= 200 * mebibyte);
#endif
    CHECK(std::filesystem::file_size(database) <= 100 * mebibyte);
}
