// What the box's jobs are, each of which sends to an address of its own: the files are in server/, the logins
// and the at job are made by the tests. Knows nothing of fwlearn. Used by box_test, whitelist_test,
// lockdown_test and health_test.
#pragma once

#include <model/process.hpp>

#include <ground/cable_end.hpp>

#include <map>
#include <set>
#include <string>

namespace fwlearn::kernel_test {

/// Who must have sent what went to an address. The jobs are in server/, each with an address of its own.
struct Expected {
    model::TaskKind kind;
    std::string task;
    std::string exe;
    std::string user; ///< name in the box; empty: whoever systemd chose
    std::string script{};
};

using Expectations = std::map<std::string, Expected>; ///< by address

/// What they run, for most of them.
inline constexpr const char* job = "/opt/box/send";

Expectations expectations(const std::string& alice_uid);

/// A destination as the cable tells it: "203.0.113.9 tcp/5001", "203.0.113.9 icmp".
using Place = std::string;
Place place_of(CableEnd::Packet packet);
/// The part of it before the blank.
std::string address_of(const Place& place);

/// Returns when a packet has gone to each of them: all places that one has gone to.
std::set<Place> wait_for_all(CableEnd& cable, const Expectations& expected);

} // namespace fwlearn::kernel_test
