// What a process's own words tell of it: where its files lie by their paths, what it calls itself, what it
// descends from. Knows nothing of the host's files and of flows.
// Private to this room; called by suspicion and redact.
#pragma once

#include <model/process.hpp>

namespace fwlearn::analyzer {

/// Below a folder where every user, or the user himself without anybody's leave, may put programs: /tmp and
/// its like, /run/user. Whether it says so with `..` and double slashes or not.
bool lies_in_the_open(const model::ForeignText& path);

/// A path to a descriptor: a pipe, a deleted file or one in memory (/dev/fd/63), or something else by way of
/// /proc.
bool is_no_file(const model::ForeignText& script);

/// Below a folder where root alone puts programs, and packages do.
bool is_in_system_folder(const model::ForeignText& path);

/// Below /home or /root.
bool is_in_home(const model::ForeignText& path);

/// "[kworker/0:1]" for a command line, or such a short name, of what has an executable. Whoever merely puts
/// his title into brackets ("[celeryd: worker]") does not.
bool is_called_like_a_kernel_thread(const model::Process& process);

/// It, or one that it descends from, is a shell or an interpreter that descends from a program which is none:
/// a web server's child, say. What only prepares another program's start (env, su, timeout) does not count,
/// nor does systemd.
bool has_shell_below_a_program(const model::Process& process);

/// An interpreter, or a program that only starts others: what every host has, and says nothing of this one.
bool is_everywhere(const model::ForeignText& executable);

} // namespace fwlearn::analyzer
