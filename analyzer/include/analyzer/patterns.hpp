// What a shell pattern means for each thing that it may name: fnmatch(3) without flags, so that `*` takes
// slashes too. The one account of it, for the filters of `flows` and for decisions.
// Pure. Called by cli and by decisions.
#pragma once

#include <model/record.hpp>

namespace fwlearn::analyzer {

/// A NUL, which no path and no name of the kernel's holds, ends neither: it is matched as \x01.
bool matches(std::string_view pattern, std::string_view text);

/// The executable or the script, by path or by its last part.
bool matches_program(std::string_view pattern, const model::Process& process);

/// Kind and name: "cron /etc/cron.d/backup:3", "timer apt-daily.timer", "kernel".
bool matches_task(std::string_view pattern, const model::Task& task);

/// The socket's owner by name or number.
bool matches_user(std::string_view pattern, const model::SocketOwner& owner,
                  const model::Identities& identities);

bool matches_any(std::string_view pattern, const std::set<model::ForeignText>& names);

/// A pattern that matches this text, and beside it only what differs in bytes that are no UTF-8, which a
/// file of decisions cannot hold: these are `?`.
std::string pattern_for(const model::ForeignText& text);

} // namespace fwlearn::analyzer
