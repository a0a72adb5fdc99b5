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

/// Returns when a packet has gone to each of them: all addresses that one has gone to.
std::set<std::string> wait_for_all(CableEnd& cable, const Expectations& expected);

} // namespace fwlearn::kernel_test
