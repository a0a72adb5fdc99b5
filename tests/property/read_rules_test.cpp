#include "random_record.hpp"

#include <analyzer/difference.hpp>
#include <analyzer/read_rules.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;

TEST_CASE("a whitelist that is printed as JSON is read as the same rules") {
    std::size_t rules = 0;
    for (std::size_t seed = 0; seed < tests::record_count() / 4; ++seed) {
        CAPTURE(seed);
        tests::RandomRecord world(seed);
        const auto record = world.record(24);
        analyzer::SuggestOptions options;
        options.by_address = world.one_in(2);
        options.selector = static_cast<analyzer::SelectorMode>(world.below(4));
        options.widening = static_cast<analyzer::Widening>(world.below(4));
        auto whitelist = analyzer::suggest(record, options);
        const auto read = analyzer::read_rules(analyzer::render_json(whitelist));
        REQUIRE(analyzer::difference(read, whitelist.rules).empty());
        for (auto& rule : whitelist.rules) { // nobody is not printed
            std::erase(rule.processes, model::Process{});
            std::erase(rule.tasks, model::Task{});
        }
        REQUIRE(read == whitelist.rules);
        rules += read.size();
    }
    CHECK(rules > tests::record_count());
}
