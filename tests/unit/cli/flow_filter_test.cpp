#include <model/errors.hpp>

#include <cli/flow_filter.hpp>
#include <doctest/doctest.h>

using namespace fwlearn;

namespace {

struct Sample {
    model::Identities identities;
    model::Flow flow;
    std::vector<model::NameBinding> names;

    Sample() {
        model::Process process;
        process.exe = model::ForeignText("/usr/lib/apt/methods/http");
        process.comm = model::ForeignText("http");
        process.unit = model::ForeignText("apt-daily.service");
        identities.name_user(42, model::ForeignText("_apt"));
        flow.key.process = identities.add(process);
        flow.key.task =
            identities.add(model::Task{model::TaskKind::timer, model::ForeignText("apt-daily.timer")});
        flow.key.owner = model::SocketOwner::user(42, 65534);
        flow.key.destination = {model::Service::port(model::protocol::tcp, 80),
                                *model::Address::parse("198.51.100.7")};
        model::NameBinding binding;
        binding.address = flow.key.destination.address;
        binding.name = model::ForeignText("deb.example.org");
        names.push_back(binding);
    }

    [[nodiscard]] bool admitted_by(const cli::FlowFilter& filter) const {
        return filter.admits(flow, identities, names);
    }
};

} // namespace

TEST_CASE("every filter admits what it names and nothing else") {
    const Sample sample;
    CHECK(sample.admitted_by({}));
    for (const auto& [member, right, wrong] :
         {std::tuple{&cli::FlowFilter::process, "/usr/lib/apt/methods/http", "/usr/lib/apt"},
          std::tuple{&cli::FlowFilter::process, "http", "https"},
          std::tuple{&cli::FlowFilter::process, "*/apt/*", "*/yum/*"},
          std::tuple{&cli::FlowFilter::user, "_apt", "apt"}, std::tuple{&cli::FlowFilter::user, "42", "4"},
          std::tuple{&cli::FlowFilter::unit, "apt-*.service", "apt-daily"},
          std::tuple{&cli::FlowFilter::task, "apt-daily.timer", "cron"},
          std::tuple{&cli::FlowFilter::name, "*.example.org", "example.org"}}) {
        cli::FlowFilter filter;
        filter.*member = right;
        CHECK(sample.admitted_by(filter));
        filter.*member = wrong;
        CHECK_FALSE(sample.admitted_by(filter));
    }
}

TEST_CASE("what was denied and what would have been are shown alone, or both") {
    Sample sample;
    for (const auto verdict :
         {model::FlowVerdict::accepted, model::FlowVerdict::denied, model::FlowVerdict::shadowed}) {
        sample.flow.key.verdict = verdict;
        const bool denied = verdict == model::FlowVerdict::denied;
        const bool shadowed = verdict == model::FlowVerdict::shadowed;
        cli::FlowFilter filter;
        CHECK(sample.admitted_by(filter));
        filter.denied = true;
        CHECK(sample.admitted_by(filter) == denied);
        filter.shadowed = true;
        CHECK(sample.admitted_by(filter) == (denied || shadowed));
        filter.denied = false;
        CHECK(sample.admitted_by(filter) == shadowed);
    }
}

TEST_CASE("ports and destinations are checked as they are read") {
    const Sample sample;
    for (const auto& [text, admitted] : {std::pair{"80", true},
                                         {"tcp/80", true},
                                         {"udp/80", false},
                                         {"443", false},
                                         {"80-90", true},
                                         {"tcp/1-80", true},
                                         {"81-90", false},
                                         {"icmp", false}}) {
        cli::FlowFilter filter;
        filter.parse_port(text);
        CHECK(sample.admitted_by(filter) == admitted);
    }
    cli::FlowFilter filter;
    filter.parse_destination("198.51.100.0/24");
    CHECK(sample.admitted_by(filter));
    filter.parse_destination("198.51.100.8");
    CHECK_FALSE(sample.admitted_by(filter));
    for (const auto* text : {"", "tcp", "65536", "-1", "tcp/", "nope/80", "80x", "90-80", "80-"}) {
        CHECK_THROWS_AS(filter.parse_port(text), model::UsageError);
    }
    CHECK_THROWS_AS(filter.parse_destination("example.org"), model::UsageError);
}
