#include "decisions.hpp"

#include <analyzer/patterns.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/render/table.hpp>
#include <analyzer/suggest.hpp>
#include <analyzer/verdict.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace fwlearn;
using model::DecisionAction;
using model::ForeignText;
using model::Service;
using model::SocketOwner;

namespace {

const auto https = Service::port(model::protocol::tcp, 443);
const auto www = SocketOwner::user(33, 33);
const auto root = SocketOwner::user(0, 0);

/// A record to which flows are added one by one.
struct World {
    model::Record record;

    model::Flow& add(const SocketOwner& owner, const Service& service, const char* address,
                     const char* exe = "/usr/bin/a", const char* task = "a.timer") {
        model::Flow flow;
        flow.key.owner = owner;
        flow.key.destination = {service, *model::Address::parse(address)};
        model::Process process;
        process.exe = ForeignText(exe);
        process.unit = ForeignText("a.service");
        process.cgroup = ForeignText("/system.slice/a.service");
        flow.key.process = record.identities.add(process);
        flow.key.task = record.identities.add(model::Task{model::TaskKind::timer, ForeignText(task)});
        flow.counts.count = flow.counts.answered = 1;
        flow.counts.first_seen = flow.counts.last_seen = *model::parse_rfc3339("2026-11-23T07:00:00Z");
        flow.hours = {{model::hour_of(flow.counts.first_seen), flow.counts.count}};
        record.flows.push_back(flow);
        return record.flows.back();
    }

    void add_named(const char* name, const char* address) {
        auto& flow = add(www, https, address);
        flow.key.name = record.identities.add_name(ForeignText(name));
        flow.key.name_source = model::BindingSource::dns_process;
        model::NameBinding binding;
        binding.address = flow.key.destination.address;
        binding.name = ForeignText(name);
        binding.process = flow.key.process;
        binding.source = model::BindingSource::dns_process;
        binding.ttl = 300;
        record.names.push_back(binding);
        std::sort(record.names.begin(), record.names.end(), [](const auto& one, const auto& other) {
            return std::tie(one.address, one.name) < std::tie(other.address, other.name);
        });
    }

    [[nodiscard]] model::Whitelist suggest(std::vector<model::Decision> decisions = {}) const {
        for (std::size_t index = 0; index < decisions.size(); ++index) {
            decisions[index].line = static_cast<std::uint32_t>(10 + index);
        }
        analyzer::SuggestOptions options;
        options.selector = analyzer::SelectorMode::uid;
        options.decisions = std::move(decisions);
        return analyzer::suggest(record, options);
    }

    /// The id of the one rule that admits this without any decision.
    [[nodiscard]] std::string rule_to(const char* address) const {
        for (const auto& rule : suggest().rules) {
            for (const auto& prefix : rule.addresses) {
                if (prefix.contains(*model::Address::parse(address))) {
                    return rule.id;
                }
            }
        }
        return "none";
    }
};

model::Decision by_rule(DecisionAction action, const std::string& rule, const char* text = "") {
    model::Decision decision;
    decision.action = action;
    decision.scope.rule = rule;
    decision.text = ForeignText(text);
    return decision;
}

model::Decision widening(const std::string& rule, const char* prefix) {
    auto decision = by_rule(DecisionAction::widen, rule);
    decision.to_address = model::Prefix::parse(prefix);
    return decision;
}

template <typename Fill>
model::Decision by_pattern(DecisionAction action, const Fill& fill) {
    model::Decision decision;
    decision.action = action;
    fill(decision.scope);
    return decision;
}

std::string addresses_of(const model::Rule& rule) {
    std::string text;
    for (const auto& prefix : rule.addresses) {
        text += (text.empty() ? "" : " ") + prefix.to_string();
    }
    return text;
}

} // namespace

TEST_CASE("a denied rule goes, and its flows are left out with the reason that was given") {
    World world;
    world.add(www, https, "198.51.100.6");
    world.add(root, Service::port(model::protocol::udp, 514), "198.51.100.9");
    const auto id = world.rule_to("198.51.100.6");
    const auto whitelist = world.suggest({by_rule(DecisionAction::deny, id, "not\nours")});
    REQUIRE(whitelist.rules.size() == 1);
    CHECK(addresses_of(whitelist.rules[0]) == "198.51.100.9");
    REQUIRE(whitelist.left_out.size() == 1);
    CHECK(whitelist.left_out[0].reason == "decided: denied in line 10: not\\x0Aours");
    CHECK(whitelist.unmatched.empty());
    CHECK_FALSE(
        analyzer::verdict(whitelist, {www, {https, *model::Address::parse("198.51.100.6")}}).accepted);
    // The beginning of the id does as well, and what was decided last counts.
    CHECK(world.suggest({by_rule(DecisionAction::deny, id.substr(0, 4))}).rules.size() == 1);
    CHECK(
        world.suggest({by_rule(DecisionAction::deny, id), by_rule(DecisionAction::allow, id)}).rules.size() ==
        2);
}

TEST_CASE("a flow of a denied rule that another rule admits too is not left out") {
    World world;
    world.add_named("one.example.org", "198.51.100.6");
    world.add_named("two.example.org", "198.51.100.6");
    world.add_named("two.example.org", "198.51.100.7");
    world.add(www, Service::port(model::protocol::tcp, 80), "198.51.100.6");
    auto& other_service = world.add(www, Service::port(model::protocol::tcp, 80), "198.51.100.7");
    other_service.key.name = model::NameId::unknown;
    model::Whitelist whitelist;
    whitelist.identities = world.record.identities;
    model::Rule wide;
    wide.id = "aaaaaaaaaaaa";
    wide.selectors = {{model::SelectorKind::uid, 33, {}, {}, {}}};
    wide.protocol = model::protocol::tcp;
    wide.details.push_back(443);
    wide.addresses.push_back(*model::Prefix::parse("198.51.100.6/31"));
    auto narrow = wide;
    narrow.id = "bbbbbbbbbbbb";
    narrow.addresses = {*model::Prefix::parse("198.51.100.6")};
    narrow.details.insert(narrow.details.begin(), model::DetailRange(80));
    whitelist.rules.push_back(wide);
    whitelist.rules.push_back(narrow);
    const std::vector<model::Decision> decisions{by_rule(DecisionAction::deny, "bbbbbbbbbbbb")};
    analyzer::Decided decided(world.record, decisions);
    decided.settle(whitelist);
    REQUIRE(whitelist.rules.size() == 1);
    CHECK(whitelist.rules[0].id == "aaaaaaaaaaaa");
    // tcp/80 to .6; the flows to tcp/443 there have the other rule, and .7 was never the denied rule's.
    REQUIRE(whitelist.left_out.size() == 1);
    CHECK(whitelist.left_out[0].flow.key.destination.service.detail == 80);
    CHECK(whitelist.left_out[0].flow.key.destination.address.to_string() == "198.51.100.6");
}

TEST_CASE("allowing a rule settles its warnings, which stay readable in its comment") {
    World world;
    world.add({}, https, "198.51.100.6");
    const auto id = world.rule_to("198.51.100.6");
    REQUIRE(world.suggest().rules.at(0).warnings.size() == 1);
    const auto whitelist = world.suggest({by_rule(DecisionAction::comment, id, "the backup"),
                                          by_rule(DecisionAction::allow, id, "asked Ann")});
    REQUIRE(whitelist.rules.size() == 1);
    CHECK(whitelist.rules[0].warnings.empty());
    CHECK(whitelist.rules[0].id == id);
    CHECK(whitelist.rules[0].comment ==
          ForeignText("the backup; asked Ann; accepted: sender not recorded: this rule admits every user"));
}

TEST_CASE("a rule that is widened has a new id, new numbers, and takes in what it covers") {
    World world;
    world.add(www, https, "198.51.100.6");
    world.add(www, https, "198.51.100.9", "/usr/bin/b", "b.timer");
    world.add(www, Service::port(model::protocol::tcp, 80), "198.51.100.9");
    world.add(www, Service::port(model::protocol::tcp, 80), "203.0.113.1");
    const auto id = world.rule_to("198.51.100.6");
    const auto before = world.suggest();
    const auto whitelist = world.suggest({widening(id, "198.51.100.0/24")});
    const auto wide = std::find_if(whitelist.rules.begin(), whitelist.rules.end(), [](const auto& rule) {
        return addresses_of(rule).starts_with("198.51.100.0/24");
    });
    REQUIRE(wide != whitelist.rules.end());
    CHECK(wide->id != id);
    CHECK(wide->exposure == 256 * wide->details.size());
    CHECK(wide->beyond < wide->exposure);
    CHECK(wide->beyond >= 252);
    for (const auto& flow : world.record.flows) {
        CHECK(analyzer::verdict(whitelist, {www, flow.key.destination}).accepted);
    }
    CHECK(analyzer::verdict(whitelist, {www, {https, *model::Address::parse("198.51.100.77")}}).accepted);
    CHECK_FALSE(
        analyzer::verdict(whitelist, {root, {https, *model::Address::parse("198.51.100.77")}}).accepted);
}

TEST_CASE("what a widened rule covers wholly is gone, with its evidence in the wider one") {
    model::Whitelist whitelist;
    World world;
    world.add(www, https, "198.51.100.6");
    world.add(www, https, "198.51.100.9", "/usr/bin/b", "b.timer");
    world.add(root, https, "198.51.100.9");
    const auto rule = [](const char* id, std::uint32_t uid, const char* address, const char* exe) {
        model::Rule made;
        made.id = id;
        made.selectors = {{model::SelectorKind::uid, uid, {}, {}, {}}};
        made.protocol = model::protocol::tcp;
        made.details.push_back(443);
        made.addresses.push_back(*model::Prefix::parse(address));
        model::Process process;
        process.exe = ForeignText(exe);
        made.processes.push_back(process);
        made.evidence.flows = 1;
        return made;
    };
    whitelist.rules.push_back(rule("111111111111", 33, "198.51.100.6", "/usr/bin/a"));
    whitelist.rules.push_back(rule("222222222222", 33, "198.51.100.9", "/usr/bin/b"));
    whitelist.rules.push_back(rule("333333333333", 0, "198.51.100.9", "/usr/bin/a"));
    const std::vector<model::Decision> decisions{widening("222", "198.51.100.0/28"),
                                                 by_rule(DecisionAction::comment, "111111111111", "gone")};
    analyzer::Decided decided(world.record, decisions);
    decided.settle(whitelist);
    REQUIRE(whitelist.rules.size() == 2);
    const auto& wide = whitelist.rules[0];
    CHECK(addresses_of(wide) == "198.51.100.0/28");
    CHECK(wide.evidence.flows == 2);
    CHECK(wide.exposure == 16);
    CHECK(wide.beyond == 14);
    CHECK(wide.processes.size() == 2);
    CHECK(whitelist.rules[1].id == "333333333333");
    CHECK(decided.unmatched().empty());
}

TEST_CASE("a rule is known by the id that it got when it was widened, too") {
    World world;
    world.add(www, https, "198.51.100.6");
    const auto id = world.rule_to("198.51.100.6");
    const auto wider = world.suggest({widening(id, "198.51.100.0/28")}).rules.at(0).id;
    const auto widest = world.suggest({widening(id, "198.51.100.0/28"), widening(wider, "198.51.100.0/24"),
                                       by_rule(DecisionAction::rename, id, "Updates")});
    REQUIRE(widest.rules.size() == 1);
    CHECK(addresses_of(widest.rules[0]) == "198.51.100.0/24");
    CHECK(widest.rules[0].title == ForeignText("Updates"));
    CHECK(widest.unmatched.empty());
    const auto denied =
        world.suggest({widening(id, "198.51.100.0/28"), by_rule(DecisionAction::deny, wider)});
    CHECK(denied.rules.empty());
    CHECK(denied.left_out.size() == 1);
}

TEST_CASE("a rule by name takes a domain in the place of its names; ports become ranges") {
    World world;
    world.add_named("a.example.org", "198.51.100.6");
    world.add_named("b.example.org", "198.51.100.9");
    world.add_named("example.net", "203.0.113.1");
    const auto plain = world.suggest();
    REQUIRE(plain.rules.size() == 1);
    auto decision = by_rule(DecisionAction::widen, plain.rules[0].id);
    decision.to_domain = ForeignText("example.org");
    auto ports = by_rule(DecisionAction::widen, plain.rules[0].id);
    ports.to_ports = model::DetailRange(400, 450);
    const auto whitelist = world.suggest({decision, ports});
    REQUIRE(whitelist.rules.size() == 1);
    const auto& rule = whitelist.rules[0];
    REQUIRE(rule.by_name.size() == 2);
    CHECK(rule.by_name[0].name == ForeignText("example.net"));
    CHECK_FALSE(rule.by_name[0].and_below);
    CHECK(rule.by_name[1].name == ForeignText("example.org"));
    CHECK(rule.by_name[1].and_below);
    CHECK(rule.by_name[1].addresses.size() == 2);
    CHECK(rule.by_name[1].ttl == 300);
    CHECK(rule.names.size() == 2);
    CHECK(rule.details == std::vector<model::DetailRange>{model::DetailRange(400, 450)});
    CHECK(rule.exposure == std::uint64_t{3} * 51);
    CHECK(rule.beyond == rule.exposure - 3);
    // A prefix in the place of where the names may move to.
    const auto fixed = world.suggest({widening(plain.rules[0].id, "198.51.100.0/24")});
    CHECK(fixed.rules.at(0).by_name.empty());
    CHECK(addresses_of(fixed.rules[0]) == "198.51.100.0/24 203.0.113.1");
}

TEST_CASE("what concerns nothing, or does not say which rule, is told in every output") {
    World world;
    world.add(www, https, "198.51.100.6");
    world.add(root, Service::port(model::protocol::udp, 514), "198.51.100.9");
    const auto whitelist = world.suggest(
        {by_rule(DecisionAction::deny, "zzz"),
         by_pattern(DecisionAction::rename,
                    [](auto& scope) { scope.process = ForeignText("/nowhere/*\x1b"); }),
         by_pattern(DecisionAction::rename, [](auto& scope) { scope.process = ForeignText("*/a"); })});
    REQUIRE(whitelist.unmatched.size() == 2);
    CHECK(whitelist.unmatched.front().line == 10);
    const auto said = "decision in line 11 concerns nothing, or more than one rule: rename process "
                      "/nowhere/*\\x1B\n";
    CHECK(analyzer::render_table(whitelist, {}).find(said) != std::string::npos);
    CHECK(analyzer::render_nft(whitelist).find(std::string("\n# ") + said) != std::string::npos);
    const auto document = nlohmann::json::parse(analyzer::render_json(whitelist));
    CHECK(document.at("unmatched").at(0) ==
          nlohmann::json{{"line", 10}, {"action", "deny"}, {"rule", "zzz"}});
    CHECK(std::none_of(whitelist.unmatched.begin(), whitelist.unmatched.end(),
                       [](const auto& decision) { return decision.line == 12; }));
}

TEST_CASE("each part of a scope concerns what it names and nothing else") {
    World world;
    world.add_named("a.example.org", "198.51.100.6");
    world.record.identities.name_user(33, ForeignText("www-data"));
    const auto& flow = world.record.flows[0];
    using Scope = model::DecisionScope;
    using Fill = void (*)(Scope&);
    const std::vector<std::pair<Fill, bool>> cases{
        {[](Scope& scope) { scope.process = ForeignText("/usr/bin/*"); }, true},
        {[](Scope& scope) { scope.process = ForeignText("a"); }, true},
        {[](Scope& scope) { scope.process = ForeignText("b"); }, false},
        {[](Scope& scope) { scope.task = ForeignText("timer a.*"); }, true},
        {[](Scope& scope) { scope.task = ForeignText("a.timer"); }, false},
        {[](Scope& scope) { scope.user = ForeignText("www-*"); }, true},
        {[](Scope& scope) { scope.user = ForeignText("33"); }, true},
        {[](Scope& scope) { scope.user = ForeignText("3"); }, false},
        {[](Scope& scope) { scope.unit = ForeignText("a.service"); }, true},
        {[](Scope& scope) { scope.unit = ForeignText("b.service"); }, false},
        {[](Scope& scope) { scope.name = ForeignText("*.example.org"); }, true},
        {[](Scope& scope) { scope.name = ForeignText("example.org"); }, false},
        {[](Scope& scope) { scope.address = model::Prefix::parse("198.51.100.0/24"); }, true},
        {[](Scope& scope) { scope.address = model::Prefix::parse("198.51.100.7"); }, false},
        {[](Scope& scope) { scope.protocol = model::protocol::tcp; }, true},
        {[](Scope& scope) { scope.protocol = model::protocol::udp; }, false},
        {[](Scope& scope) { scope.ports = model::DetailRange(400, 443); }, true},
        {[](Scope& scope) { scope.ports = model::DetailRange(444, 500); }, false},
        {[](Scope& scope) { scope.owner = model::OwnerKind::user; }, true},
        {[](Scope& scope) { scope.owner = model::OwnerKind::kernel; }, false},
        {[](Scope& scope) { scope.owner = model::OwnerKind::unknown; }, false},
        {[](Scope& scope) { scope.icmp = model::DetailRange(0, 0xffff); }, false},
        {[](Scope& scope) {
             scope.process = ForeignText("a");
             scope.user = ForeignText("0");
         },
         false},
    };
    for (std::size_t number = 0; number < cases.size(); ++number) {
        CAPTURE(number);
        const std::vector<model::Decision> decisions{by_pattern(DecisionAction::deny, cases[number].first),
                                                     by_pattern(DecisionAction::rename, cases[number].first)};
        analyzer::Decided decided(world.record, decisions);
        CHECK((decided.on(flow) != nullptr) == cases[number].second);
        CHECK((decided.on(flow) != nullptr) == cases[number].second); // remembered
        auto whitelist = world.suggest();
        decided.settle(whitelist);
        CHECK(decided.unmatched().size() == (cases[number].second ? 0 : 2));
    }
}

TEST_CASE("a decision for a type of ICMP concerns its codes, and rules that admit some of them") {
    World world;
    world.add(www, Service::icmp(model::protocol::icmp, 8, 0), "198.51.100.6");
    const std::vector<std::pair<model::DetailRange, bool>> cases{{{0x0800, 0x08ff}, true},
                                                                 {{0x0800, 0x0800}, true},
                                                                 {{0x0801, 0x0801}, false},
                                                                 {{0x0d00, 0x0dff}, false}};
    for (const auto& one : cases) {
        model::Decision denial;
        denial.action = DecisionAction::deny;
        denial.scope.protocol = model::protocol::icmp;
        denial.scope.icmp = one.first;
        auto renaming = denial;
        renaming.action = DecisionAction::rename;
        renaming.text = ForeignText("ping");
        const std::vector<model::Decision> decisions{denial, renaming};
        analyzer::Decided decided(world.record, decisions);
        CHECK((decided.on(world.record.flows[0]) != nullptr) == one.second);
        auto whitelist = world.suggest();
        decided.settle(whitelist);
        CHECK(decided.unmatched().size() == (one.second ? 0 : 2));
        const auto document = nlohmann::json::parse(analyzer::render_json(world.suggest({denial})));
        CHECK(document.at("unmatched").size() == (one.second ? 0 : 1));
        if (!one.second) {
            const auto& unmatched = document.at("unmatched").at(0);
            CHECK(unmatched.at("icmp_type") == one.first.first >> 8U);
            CHECK(unmatched.contains("icmp_code") == one.first.is_single());
        }
    }
}

TEST_CASE("of what concerns a flow the last counts, and what it overrules has not concerned nothing") {
    World world;
    world.add(www, https, "198.51.100.6");
    const auto all = [](auto& scope) { scope.protocol = model::protocol::tcp; };
    const std::vector<model::Decision> decisions{
        by_pattern(DecisionAction::allow, all), by_pattern(DecisionAction::deny, all),
        by_pattern(DecisionAction::widen, all), by_pattern(DecisionAction::widen, all),
        by_pattern(DecisionAction::deny, [](auto& scope) { scope.protocol = model::protocol::udp; })};
    analyzer::Decided decided(world.record, decisions);
    CHECK(decided.on(world.record.flows[0]) == &decisions[1]);
    CHECK(decided.widenings_of(world.record.flows[0]) ==
          std::vector<const model::Decision*>{&decisions[2], &decisions[3]});
    REQUIRE(decided.unmatched().size() == 1);
    CHECK(decided.unmatched()[0] == decisions[4]);
}

TEST_CASE("the same record and decisions give the same bytes, whatever order the flows have") {
    World world;
    world.add(www, https, "198.51.100.6");
    world.add(www, https, "198.51.100.9", "/usr/bin/b", "b.timer");
    world.add(www, Service::port(model::protocol::tcp, 80), "198.51.100.9");
    world.add(root, https, "203.0.113.1");
    world.add(root, Service::port(model::protocol::udp, 123), "203.0.113.2");
    auto denied = by_rule(DecisionAction::deny, world.rule_to("203.0.113.2"));
    const std::vector<model::Decision> decisions{
        widening(world.rule_to("198.51.100.6"), "198.51.100.0/28"), denied,
        by_pattern(DecisionAction::comment, [](auto& scope) { scope.user = ForeignText("0"); })};
    const auto one = world.suggest(decisions);
    std::reverse(world.record.flows.begin(), world.record.flows.end());
    const auto two = world.suggest(decisions);
    CHECK(one.rules == two.rules);
    CHECK(analyzer::render_json(one) == analyzer::render_json(two));
    CHECK(analyzer::render_nft(one) == analyzer::render_nft(two));
}

TEST_CASE("a pattern made for a text matches it, whatever it holds") {
    for (const auto& text : {std::string("/usr/bin/a*b"), std::string("[x]?\\"), std::string("a\0b", 3),
                             std::string("\xff\xfe-\xc3\xa9"), std::string("*"), std::string()}) {
        CAPTURE(text);
        const auto pattern = analyzer::pattern_for(ForeignText(text));
        CHECK(analyzer::matches(pattern, text));
        CHECK_FALSE(analyzer::matches(pattern, text + "x"));
    }
    CHECK_FALSE(analyzer::matches(analyzer::pattern_for(ForeignText("*")), "anything"));
    CHECK_FALSE(analyzer::matches("good", std::string("good\0evil", 9)));
}
