// Does the proposed whitelist, loaded into a kernel, let through what was observed and nothing else? And does
// the independent checker say the same as the kernel, for every packet?
#include "ground/conntrack.hpp"
#include "ground/kernel_verdicts.hpp"
#include "ground/neighbours.hpp"
#include "ground/observing.hpp"
#include "ground/responder.hpp"
#include "ground/traffic.hpp"

#include <analyzer/suggest.hpp>
#include <analyzer/verdict.hpp>
#include <sql/reader.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

constexpr std::size_t distinct = 2000;
constexpr std::size_t neighbours = 10000;

void observe(const std::filesystem::path& database, std::span<const PlannedFlow> plan) {
    const Lab lab;
    const Responder responder(lab);
    Observing observing(lab, FWLEARN_PROGRAM, database);
    shorten_timeouts(lab);
    Traffic(lab).make(plan);
    wait_for_unanswered_to_end(lab); // that nobody answered is known when conntrack has given up
    REQUIRE(observing.stop() == 0);
}

void load(const Lab& lab, const std::string& rules) {
    must_run({"nft", "-f", "-"}, {.netns = lab.server().name(), .input = rules});
}

/// How many of the attempts the kernel accepts; each is compared with the checker.
std::size_t compare(const Lab& lab, const model::Whitelist& whitelist, std::span<const Attempt> attempts) {
    const auto kernel = kernel_verdicts(lab, attempts);
    std::size_t accepted = 0;
    for (std::size_t index = 0; index < attempts.size(); ++index) {
        const auto& owner = attempts[index].owner;
        const auto& destination = attempts[index].destination;
        const auto expected = analyzer::verdict(whitelist, {owner, destination, {}});
        accepted += kernel[index] ? 1U : 0U;
        CHECK_MESSAGE(kernel[index] == expected.accepted, "uid ", owner.uid, " ",
                      destination.service.to_string(), " ", destination.address.to_string(),
                      ": the kernel says ", kernel[index] ? "accept" : "deny", ", the checker ",
                      expected.accepted ? "accept" : "deny", " (", expected.why, ")");
    }
    return accepted;
}

} // namespace

TEST_CASE("the whitelist of a record, loaded, lets through what was observed and denies its neighbours") {
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const auto plan = mixed_plan(distinct);
    observe(database, plan);

    // Whatever session or service the tests run in, its unit is not the senders'.
    const auto rules = must_run({FWLEARN_PROGRAM, "--db", database.string(), "suggest", "-o", "nft",
                                 "--selector", "uid", "--include-sessions"});
    const auto whitelist = analyzer::suggest(
        sql::Reader(database).read(), {.selector = analyzer::SelectorMode::uid, .include_sessions = true});
    std::vector<PlannedFlow> kept;
    std::vector<Attempt> observed;
    std::vector<Attempt> unanswered;
    for (const auto& flow : plan) {
        if (flow.destination.service.protocol == model::protocol::tcp && flow.outcome != Outcome::answered) {
            unanswered.push_back({flow.owner, flow.destination});
        } else {
            kept.push_back(flow);
            observed.push_back({flow.owner, flow.destination});
        }
    }
    CHECK(whitelist.left_out.size() >= unanswered.size());

    // Observed once, for all that is asked of the whitelist: each has a lab of its own.
    { // The same programs do the same again, and it works as before.
        const Lab lab;
        const Responder responder(lab);
        load(lab, rules);
        Traffic traffic(lab);
        traffic.make(kept);
        traffic.distract(); // loopback and inbound connections are nobody's rules, and work
    }
    { // The kernel and the checker agree on every observed flow: accepted.
        const Lab lab;
        load(lab, rules);
        CHECK(compare(lab, whitelist, observed) == observed.size());
    }
    { // The kernel and the checker agree on TCP that nobody answered: denied.
        const Lab lab;
        load(lab, rules);
        CHECK(compare(lab, whitelist, unanswered) == 0);
    }
    { // The kernel and the checker agree on every neighbour.
        const Lab lab;
        load(lab, rules);
        const auto attempts = neighbours_of(observed, neighbours, 1);
        REQUIRE(attempts.size() == neighbours);
        const auto accepted = compare(lab, whitelist, attempts);
        MESSAGE(attempts.size(), " neighbours, ", accepted, " of them covered by the whitelist");
        CHECK(accepted < attempts.size() / 4);
    }
}
