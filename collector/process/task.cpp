#include "collector/process/task.hpp"

#include "collector/process/redact.hpp"

#include <model/number.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace fwlearn::collector::process {
namespace {

using model::ForeignText;
using model::Task;
using model::TaskKind;

std::string_view view(const ForeignText& text) {
    return text.raw_bytes();
}

std::vector<std::string_view> components(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto slash = path.find('/');
        if (slash != 0) {
            parts.push_back(path.substr(0, slash));
        }
        path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    }
    return parts;
}

/// Of a path that did not fit only the end is known, and anybody may have made that whose cgroups are below
/// him: what would tell whose it is, is missing.
bool is_cut(std::string_view cgroup) {
    return !cgroup.empty() && cgroup.front() != '/';
}

std::string_view basename(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

bool is_unit(std::string_view component) {
    return component.ends_with(".service") || component.ends_with(".scope");
}

/// The part between, or nothing.
std::optional<std::string_view> between(std::string_view text, std::string_view begin, std::string_view end) {
    if (!text.starts_with(begin) || !text.ends_with(end) || text.size() <= begin.size() + end.size()) {
        return std::nullopt;
    }
    return text.substr(begin.size(), text.size() - begin.size() - end.size());
}

/// systemd writes other bytes of a name as \xNN (systemd.unit(5), "String escaping").
std::string unescaped(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto high = i + 3 < text.size() ? digits.find(text[i + 2]) : std::string_view::npos;
        const auto low = i + 3 < text.size() ? digits.find(text[i + 3]) : std::string_view::npos;
        if (text[i] == '\\' && text.substr(i).starts_with("\\x") && high != std::string_view::npos &&
            low != std::string_view::npos) {
            result += static_cast<char>(high * 16 + low);
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

/// An identifier of 64 hexadecimal digits is known by its first twelve, as docker ps and podman ps have it.
std::string short_id(std::string_view id) {
    const bool hexadecimal =
        id.size() >= 32 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    return std::string(hexadecimal ? id.substr(0, 12) : id);
}

/// Names that only whoever manages the whole tree can give: at its top, not within what a user was given.
std::optional<std::string> container_at_top(const std::vector<std::string_view>& path) {
    if (path.size() < 2) {
        return std::nullopt;
    }
    if (path[0] == "machine.slice") {
        for (const auto part : path) {
            for (const auto& [begin, end] :
                 {std::pair{"machine-", ".scope"}, {"systemd-nspawn@", ".service"}}) {
                if (const auto name = between(part, begin, end)) {
                    return unescaped(*name);
                }
            }
        }
    }
    // Without systemd as the manager of cgroups: /docker/ID, /lxc/NAME, /kubepods/burstable/podUID/ID.
    if (path[0] == "docker" || path[0] == "lxc" || path[0] == "lxc.payload") {
        return short_id(path[1]);
    }
    if (path[0] == "kubepods") {
        const auto pod = std::find_if(path.begin(), path.end(),
                                      [](std::string_view part) { return part.starts_with("pod"); });
        return pod == path.end() ? std::nullopt
                                 : std::optional(short_id(pod + 1 == path.end() ? *pod : *(pod + 1)));
    }
    return std::nullopt;
}

std::optional<std::string> container_in(const std::vector<std::string_view>& path) {
    for (const auto part : path) {
        for (const std::string_view begin : {"docker-", "libpod-", "cri-containerd-", "crio-", "nerdctl-"}) {
            if (const auto id = between(part, begin, ".scope"); id && !id->starts_with("conmon-")) {
                return short_id(*id);
            }
        }
        if (const auto name = between(part, "lxc.payload.", "")) {
            return std::string(*name);
        }
    }
    return container_at_top(path);
}

/// The user whose manager the path is below, in its digits: user@1000.service.
std::optional<std::string_view> user_manager_in(const std::vector<std::string_view>& path) {
    for (const auto part : path) {
        const auto uid = between(part, "user@", ".service");
        if (uid && uid->find_first_not_of("0123456789") == std::string_view::npos) {
            return uid;
        }
    }
    return std::nullopt;
}

/// What runs jobs, by its executable; by the name that it gave itself only where no executable is known.
bool is_one_of(const Program& program, std::initializer_list<std::string_view> names) {
    const auto name = program.exe.empty() ? view(program.comm) : basename(view(program.exe));
    return !program.deleted && !program.in_memory &&
           std::find(names.begin(), names.end(), name) != names.end();
}

/// A program of the system's that runs as the system: anybody can have a program called cron, and can mount
/// it over /usr/sbin/cron in a namespace of his own, but not as root. at's daemon runs as `daemon`, which
/// is 1.
bool is_of_system(const Program& program) {
    constexpr std::array<std::string_view, 6> folders{"/usr/sbin/", "/usr/bin/", "/sbin/",
                                                      "/bin/",      "/usr/lib/", "/usr/libexec/"};
    const auto exe = view(program.exe);
    return exe.empty() ||
           std::any_of(folders.begin(), folders.end(), [&](auto folder) { return exe.starts_with(folder); });
}

bool is_cron(const Program& program) {
    return is_of_system(program) &&
           ((program.uid == 0 && is_one_of(program, {"cron", "crond", "CRON", "anacron", "atd"})) ||
            (program.uid == 1 && is_one_of(program, {"atd"})));
}

bool is_shell(const Program& program) {
    return is_one_of(program, {"sh", "dash", "bash", "zsh", "ksh", "mksh", "busybox"});
}

/// Sender first, then its ancestors.
std::vector<const Program*> chain_of(const Lineage& lineage) {
    std::vector<const Program*> chain{&lineage.process};
    for (const auto& ancestor : lineage.ancestors) {
        chain.push_back(&ancestor);
    }
    return chain;
}

/// The command of `sh -c COMMAND`, or nothing.
const ForeignText* shell_command(const Program& program) {
    const auto& arguments = program.arguments;
    if (!is_shell(program) || arguments.size() < 3 || view(arguments[1]) != "-c") {
        return nullptr;
    }
    return &arguments[2];
}

/// What run-parts(8) ran: the script itself. `below`: the programs from the job's top down to the sender. A
/// job that uses run-parts for something of its own stays that job.
const Program* script_of_run_parts(const std::vector<const Program*>& below) {
    const std::size_t shells = shell_command(*below.front()) != nullptr ? 1 : 0;
    const bool runs_parts =
        below.size() > shells + 1 && is_one_of(*below[shells], {"run-parts"}) && is_of_system(*below[shells]);
    return runs_parts ? below[shells + 1] : nullptr;
}

/// The path that a script was started by: an interpreter's first argument that is no option.
ForeignText started_as(const Program& program) {
    for (std::size_t i = 1; i < program.arguments.size(); ++i) {
        if (view(program.arguments[i]).starts_with("/")) {
            return program.arguments[i];
        }
        if (!view(program.arguments[i]).starts_with("-")) {
            break;
        }
    }
    return program.exe;
}

std::optional<Task> cron_job(const Lineage& lineage, const host::Schedules& schedules) {
    const auto chain = chain_of(lineage);
    const auto last_cron =
        std::find_if(chain.begin(), chain.end(), [](const Program* program) { return is_cron(*program); });
    if (last_cron == chain.end()) {
        return std::nullopt;
    }
    std::vector<const Program*> below(chain.begin(), last_cron);
    std::reverse(below.begin(), below.end()); // the job first
    if (below.empty()) {                      // cron itself; anacron's own unit is a timer's
        const auto timer = schedules.timer_of(unit_of(lineage.cgroup));
        return timer ? Task{TaskKind::timer, *timer}
                     : Task{TaskKind::service, ForeignText(basename(view((*last_cron)->exe)))};
    }
    const Program& job = *below.front();
    if (const auto* script = script_of_run_parts(below)) {
        return Task{TaskKind::cron, host::named_with_owner(started_as(*script), job.uid)};
    }
    if (is_one_of(**last_cron, {"atd"})) {
        return Task{TaskKind::cron, ForeignText("at job of uid " + std::to_string(job.uid))};
    }
    if (const auto* command = shell_command(job)) {
        if (const auto* line = schedules.job(*command, job.uid)) {
            return Task{TaskKind::cron, host::place_of(line->file, line->line)};
        }
        return Task{TaskKind::cron, host::named_with_owner(redacted_command_line({*command}), job.uid)};
    }
    // The shell has become the command (exec, or a shell that does so for the last one).
    const auto command = redacted_command_line(job.arguments);
    const auto* line = schedules.job_of_words(job.arguments, job.uid);
    line = line == nullptr ? schedules.job(command, job.uid) : line;
    return Task{TaskKind::cron, line != nullptr
                                    ? host::place_of(line->file, line->line)
                                    : host::named_with_owner(command.empty() ? job.exe : command, job.uid)};
}

/// How a session began, by what is above it.
std::string login_kind(const Lineage& lineage) {
    for (const auto& ancestor : lineage.ancestors) {
        if (is_one_of(ancestor, {"sshd", "sshd-session", "dropbear"})) {
            return "ssh";
        }
        if (is_one_of(ancestor, {"login", "agetty"})) {
            return "tty";
        }
        if (is_one_of(ancestor, {"su", "sudo", "runuser"})) {
            return is_one_of(ancestor, {"sudo"}) ? "sudo" : "su";
        }
    }
    return "login";
}

std::string who(const Lineage& lineage) {
    const auto uid = lineage.login_uid != no_login ? lineage.login_uid : lineage.process.uid;
    return "uid " + std::to_string(uid);
}

Task topmost(const Lineage& lineage) {
    const Program& top = lineage.ancestors.empty() ? lineage.process : lineage.ancestors.back();
    const auto& name = top.exe.empty() ? top.comm : top.exe;
    return name.empty() ? Task() : Task{TaskKind::service, name};
}

} // namespace

ForeignText unit_of(const ForeignText& cgroup) {
    const auto path = components(view(cgroup));
    if (is_cut(view(cgroup))) {
        return {};
    }
    std::string_view unit;
    for (const auto part : path) {
        unit = is_unit(part) ? part : unit;
        // What is below a unit of the system's was named by whoever runs in it (Delegate=,
        // systemd.resource-control(5)).
        if (!unit.empty() && !user_manager_in(path)) {
            break;
        }
    }
    // systemd puts an underscore before a name that the kernel would take for one of its own files
    // (cg_escape()).
    return ForeignText(unit.starts_with('_') ? unit.substr(1) : unit);
}

Task task_of(const Lineage& lineage, const host::Schedules& schedules) {
    if (is_cut(view(lineage.cgroup))) {
        return {};
    }
    const auto path = components(view(lineage.cgroup));
    // Below his own manager a user names cgroups as he likes: what is there carries his number.
    const auto user = user_manager_in(path);
    const auto of_user = user ? " (uid " + std::string(*user) + ")" : std::string();
    if (const auto container = container_in(path)) {
        return {TaskKind::container, ForeignText(*container + of_user)};
    }
    const auto unit = unit_of(lineage.cgroup);
    const auto name = view(unit);
    const bool service = name.ends_with(".service");
    const bool session = name.starts_with("session-") && name.ends_with(".scope");
    // Before timers: one of Debian's triggers anacron, which says nothing of the job.
    constexpr std::array<std::string_view, 5> cron_units{"cron.service", "crond.service", "cronie.service",
                                                         "anacron.service", "atd.service"};
    if (!user && (name.empty() || session ||
                  std::find(cron_units.begin(), cron_units.end(), name) != cron_units.end())) {
        if (auto job = cron_job(lineage, schedules)) {
            return std::move(*job);
        }
    }
    if (service) {
        const auto uid = user ? model::parse_integer<std::uint32_t>(*user) : std::nullopt;
        const auto timer = uid     ? schedules.timer_of(unit, *uid)
                           : !user ? schedules.timer_of(unit)
                                   : std::nullopt;
        if (timer) {
            return {TaskKind::timer, ForeignText(timer->raw_bytes() + of_user)};
        }
    }
    if (session) {
        return {TaskKind::session, ForeignText(login_kind(lineage) + ", " + who(lineage))};
    }
    if (user && name == "init.scope") { // the manager itself
        return {TaskKind::service, ForeignText("user@" + std::string(*user) + ".service")};
    }
    if (service || (name.ends_with(".scope") && name != "init.scope")) {
        const bool manager = user && name == "user@" + std::string(*user) + ".service";
        return {TaskKind::service, manager ? unit : ForeignText(std::string(name) + of_user)};
    }
    return topmost(lineage);
}

} // namespace fwlearn::collector::process
