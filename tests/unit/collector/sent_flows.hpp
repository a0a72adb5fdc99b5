// Where the tests' packets go, who sends them, and when. Knows nothing of what is made of them.
// Included by the tests of what counts flows.
#pragma once

#include <collector/flow_tracker.hpp>

namespace fwlearn::collector::test {

inline Tuple tuple(std::uint16_t source_port = 40000, std::uint16_t port = 443) {
    return {*model::Address::parse("192.0.2.10"),
            {model::Service::port(model::protocol::tcp, port), *model::Address::parse("198.51.100.7")},
            source_port};
}

inline Sender by(std::uint32_t uid, model::FlowVerdict verdict = model::FlowVerdict::accepted) {
    Sender sender;
    sender.owner = model::SocketOwner::user(uid, uid);
    sender.verdict = verdict;
    return sender;
}

inline Now at(std::chrono::milliseconds offset) {
    using namespace std::chrono_literals;
    return {model::Timestamp(1'000'000'000s) + offset, std::chrono::steady_clock::time_point(100s) + offset};
}

} // namespace fwlearn::collector::test
