// What is told by when and how often an address was reached: beacons, and what one run did once.
#include "suspicion_cases.hpp"

#include <beat.hpp>

using namespace fwlearn;
using namespace fwlearn::analyzer::suspicion_test;
using analyzer::Suspicion;

TEST_CASE("a fixed period is told by the counts of full hours, or by equal distances") {
    struct Series {
        const char* what;
        std::vector<int> hours;
        std::vector<std::uint64_t> counts;
        bool expected;
    };
    const std::vector<Series> all{
        {"every minute", {0, 1, 2, 3, 4}, {17, 60, 60, 60, 3}, true},
        {"every seven seconds", {0, 1, 2, 3, 4}, {1, 514, 515, 514, 9}, true},
        {"every ten minutes, one late", {0, 1, 2, 3, 4}, {3, 6, 6, 5, 3}, true},
        {"two full hours are too few", {0, 1, 2, 3}, {17, 60, 60, 3}, false},
        {"a load that follows the day", {0, 1, 2, 3, 4, 5}, {10, 60, 75, 90, 40, 3}, false},
        {"steady, and once the machine was down",
         {0, 1, 2, 3, 9, 10, 11, 12},
         {5, 60, 60, 8, 12, 60, 60, 2},
         true},
        {"one of three is another", {0, 1, 2, 3, 4}, {1, 60, 60, 30, 1}, false},
        {"one of ten is another",
         {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
         {1, 60, 60, 60, 60, 11, 60, 60, 60, 60, 60, 1},
         true},
        {"one or two, for three hours", {0, 1, 2, 3, 4}, {1, 1, 2, 1, 1}, false},
        {"every forty minutes, for eight hours", {0, 1, 2, 3, 4, 5, 6, 7}, {1, 2, 1, 2, 1, 2, 1, 1}, true},
        {"every hour", {0, 1, 2, 3, 4}, {1, 1, 1, 1, 1}, true},
        {"every six hours", {0, 6, 12, 18}, {1, 1, 1, 1}, true},
        {"every six hours and some minutes", {0, 6, 12, 19, 25}, {1, 1, 1, 1, 1}, true},
        {"every night", {2, 26, 50, 74}, {1, 1, 1, 1}, true},
        {"three times are too few", {0, 6, 12}, {1, 1, 1}, false},
        {"now and then", {0, 5, 12, 14, 30}, {1, 1, 1, 1, 1}, false},
        {"once", {0}, {1000}, false},
        {"never", {}, {}, false},
    };
    for (const auto& series : all) {
        const std::string what = series.what;
        CAPTURE(what);
        CHECK(analyzer::has_fixed_period(hours_at(series.hours, series.counts)) == series.expected);
    }
}

TEST_CASE("a beacon is one to an address without a name, however its flows are filed") {
    const auto flagged = [](const auto& change) {
        model::Record record;
        auto flow = flow_at({0, 1, 2, 3, 4}, {20, 60, 60, 60, 20});
        flow.key.process = record.identities.add(process_of({"", "/usr/bin/x"}));
        change(record, flow);
        record.flows.push_back(flow);
        return joined(Suspicion(record).flags_of(flow.key));
    };
    CHECK(flagged([](auto&, auto&) {}) == "beacon");
    CHECK(flagged([](auto& record, auto& flow) { // over two interfaces
              auto other = flow;
              other.key.interface = record.identities.add_interface(ForeignText("eth1"));
              other.hours = flow.hours = hours_at({0, 1, 2, 3, 4}, {10, 30, 30, 30, 10});
              record.flows.push_back(other);
          }) == "beacon");
    CHECK(flagged([](auto& record, auto& flow) {
              flow.key.name = record.identities.add_name(ForeignText("metrics.example"));
          }).empty());
    CHECK(flagged([](auto& record, auto& flow) { // as far as the host knows
              record.names.push_back({flow.key.destination.address,
                                      ForeignText("metrics.example"),
                                      {},
                                      model::BindingSource::dns_host,
                                      start,
                                      start,
                                      1});
          })
              .empty());
    CHECK(flagged([](auto& record, auto& flow) { // somebody else's word
              model::Process other;
              other.exe = ForeignText("/usr/bin/other");
              record.names.push_back({flow.key.destination.address, ForeignText("metrics.example"),
                                      record.identities.add(other), model::BindingSource::tls_sni, start,
                                      start, 1});
          }) == "beacon");
    CHECK(flagged([](auto& record, auto& flow) { // the name server of resolv.conf
              record.configured.push_back({model::ConfiguredKind::resolver,
                                           ForeignText("/etc/resolv.conf"),
                                           1,
                                           {},
                                           flow.key.destination.address,
                                           {}});
          })
              .empty());
    CHECK(flagged([](auto&, auto& flow) {
              flow.key.destination.service = model::Service::port(model::protocol::udp, 67);
          }).empty());
    CHECK(flagged([](auto&, auto& flow) {
              flow.key.destination.address = *model::Address::parse("224.0.0.251");
          }).empty());
    CHECK(flagged([](auto&, auto& flow) { flow.key.owner = model::SocketOwner::kernel(); }).empty());
    CHECK(flagged([](auto&, auto& flow) { flow.key.overflow = true; }).empty());
    CHECK(flagged([](auto& record, auto& flow) { // who keeps trying in vain, at his own rhythm
              auto denied = flow;
              denied.key.verdict = model::FlowVerdict::denied;
              denied.hours = hours_at({0, 1, 2, 3, 4}, {3, 50, 10, 55, 1});
              record.flows.push_back(denied);
          }) == "beacon");
    CHECK(flagged([](auto& record, auto& flow) {
              auto denied = flow;
              denied.key.verdict = model::FlowVerdict::denied;
              record.flows.push_back(denied);
              flow.hours.resize(1);
          }).empty());
}

TEST_CASE("a destination that one run reached once is flagged in a record of more than a day") {
    model::Record record;
    const auto add = [&](const char* exe, const char* to, const std::vector<int>& hours,
                         const char* name = "") {
        auto flow = flow_at(hours, std::vector<std::uint64_t>(hours.size(), 7));
        flow.key.process = record.identities.add(process_of({"", exe}));
        flow.key.destination.address = *model::Address::parse(to);
        flow.key.name = record.identities.add_name(ForeignText(name));
        record.flows.push_back(flow);
        return flow.key;
    };
    const auto once = add("/usr/bin/a", "192.0.2.1", {5, 6});
    const auto again = add("/usr/bin/a", "192.0.2.2", {5, 9});
    const auto of_one = add("/usr/bin/a", "192.0.2.3", {5});
    const auto of_other = add("/usr/bin/b", "192.0.2.3", {5});
    const auto by_name = add("/usr/bin/a", "192.0.2.4", {5}, "cdn.example");
    add("/usr/bin/a", "192.0.2.5", {20}, "cdn.example");
    CHECK(Suspicion(record).flags_of(once).empty()); // of a day, everything is seen on one day
    add("/usr/bin/b", "192.0.2.9", {30, 50});
    const Suspicion suspicion(record);
    CHECK(joined(suspicion.flags_of(once)) == "one run");
    CHECK(suspicion.flags_of(again).empty());
    CHECK(suspicion.flags_of(of_one).empty());
    CHECK(suspicion.flags_of(of_other).empty());
    CHECK(suspicion.flags_of(by_name).empty());
    // That others tried it in vain, and when, makes it no less lonely.
    add("/usr/bin/b", "192.0.2.1", {5, 40});
    record.flows.back().key.verdict = model::FlowVerdict::denied;
    CHECK(joined(Suspicion(record).flags_of(once)) == "one run");
}
