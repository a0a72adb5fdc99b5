#include "analyzer/redact.hpp"

#include "program_signs.hpp"
#include "redact_address.hpp"

#include <model/ascii.hpp>

#include <libpsl.h>
#include <nettle/hmac.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

namespace fwlearn::analyzer {
namespace {

using model::ForeignText;

constexpr std::size_t pseudonym_octets = 5;
/// RFC 1035, 2.3.4; a longer one is not taken in again.
constexpr std::size_t longest_name = 253;

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// From the Filesystem Hierarchy Standard 3.0 and Debian's /etc, /proc and /dev: what every host has. By
/// these it is told whose a program can be.
bool is_standard_folder(std::string_view name) {
    constexpr std::array<std::string_view, 42> known{
        "",           ".",           "..",           "bin",         "cache",  "cron.d",
        "cron.daily", "cron.hourly", "cron.monthly", "cron.weekly", "dev",    "etc",
        "fd",         "home",        "lib",          "lib32",       "lib64",  "libexec",
        "local",      "lock",        "log",          "mnt",         "mqueue", "opt",
        "proc",       "root",        "run",          "sbin",        "self",   "share",
        "shm",        "snap",        "spool",        "srv",         "stderr", "stdin",
        "stdout",     "sys",         "tmp",          "user",        "usr",    "var"};
    return is_one_of(name, known);
}

bool is_standard_unit(std::string_view name) {
    constexpr std::array<std::string_view, 6> known{"",           "system.slice",  "user.slice",
                                                    "init.scope", "machine.slice", "app.slice"};
    return is_one_of(name, known);
}

/// ".service" of "nginx.service"; empty where it has no type of systemd's.
std::string_view unit_type(std::string_view unit) {
    constexpr std::array<std::string_view, 8> known{".service", ".timer", ".scope", ".slice",
                                                    ".socket",  ".mount", ".path",  ".target"};
    const auto dot = std::min(unit.rfind('.'), unit.size());
    return is_one_of(unit.substr(dot), known) ? unit.substr(dot) : std::string_view();
}

/// What systemd itself puts before what does not last.
std::string_view unit_beginning(std::string_view unit) {
    constexpr std::array<std::string_view, 4> known{"run-", "user@", "user-", "session-"};
    const auto* const found = std::find_if(known.begin(), known.end(), [unit](std::string_view beginning) {
        return unit.starts_with(beginning);
    });
    return found == known.end() ? std::string_view() : *found;
}

/// The list's own spelling, in ASCII, and whole. libpsl would convert anything else, finds suffixes in what
/// it cannot, and takes any word with a dot after it for one.
bool may_be_a_suffix(std::string_view name) {
    return !name.empty() && name.back() != '.' && name.front() != '.' &&
           std::all_of(name.begin(), name.end(), [](char byte) {
               return model::is_lower_case(byte) || model::is_digit(byte) || byte == '-' || byte == '.';
           });
}

/// Where the public suffix of a name begins; its size where it has none that is known.
std::size_t suffix_of(const std::string& name) {
    const psl_ctx_t* const list = psl_builtin();
    for (std::size_t begin = 0; list != nullptr && begin < name.size();) {
        if (may_be_a_suffix(std::string_view(name).substr(begin)) &&
            psl_is_public_suffix2(list, name.c_str() + begin, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0) {
            return begin;
        }
        const auto dot = name.find('.', begin);
        begin = dot == std::string::npos ? name.size() : dot + 1;
    }
    return name.size();
}

/// Numbers that mean alike: root, the system's users, people, systemd's dynamic users (systemd.exec(5)),
/// others.
std::uint32_t first_of_its_kind(std::uint32_t id) {
    constexpr std::array<std::uint32_t, 5> firsts{0, 1, 1000, 61184, 65520};
    return *(std::upper_bound(firsts.begin(), firsts.end(), id) - 1);
}

} // namespace

Redactor::Redactor(std::string key, const model::Record& record) : key_(std::move(key)) {
    std::set<std::uint32_t> uids;
    std::set<std::uint32_t> gids;
    for (const auto& [uid, name] : record.identities.users()) {
        uids.insert(uid);
    }
    for (std::size_t id = 0; id < record.identities.processes(); ++id) {
        if (const auto uid = record.identities.process(static_cast<model::ProcessId>(id)).uid) {
            uids.insert(*uid);
        }
    }
    for (const auto& flow : record.flows) {
        if (flow.key.owner.kind == model::OwnerKind::user) {
            uids.insert(flow.key.owner.uid);
            gids.insert(flow.key.owner.gid);
        }
    }
    number_all(uids_, uids);
    number_all(gids_, gids);
}

std::string Redactor::octets(char kind, std::string_view text) const {
    const auto bytes = [](std::string_view of) {
        return reinterpret_cast<const std::uint8_t*>(of.data()); // NOLINT: the same octets
    };
    hmac_sha256_ctx context{};
    hmac_sha256_set_key(&context, key_.size(), bytes(key_));
    hmac_sha256_update(&context, 1, bytes({&kind, 1}));
    hmac_sha256_update(&context, text.size(), bytes(text));
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> whole{};
    hmac_sha256_digest(&context, whole.size(), whole.data());
    return {whole.begin(), whole.end()};
}

std::string Redactor::pseudonym(char kind, std::string_view text) const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result(1, kind);
    for (const char byte : octets(kind, text).substr(0, pseudonym_octets)) {
        const auto octet = static_cast<std::uint8_t>(byte);
        result += digits[octet >> 4U];
        result += digits[octet & 0x0fU];
    }
    return result;
}

ForeignText Redactor::word(char kind, const ForeignText& text) {
    return text.empty() ? text : ForeignText(pseudonym(kind, text.raw_bytes()));
}

model::Address Redactor::address(const model::Address& address) {
    const auto known = addresses_.find(address);
    if (known != addresses_.end()) {
        return known->second;
    }
    const auto redacted = redact_address(
        address, [this](const std::string& prefix) { return (octets('a', prefix).front() & 1) != 0; });
    return addresses_.emplace(address, redacted).first->second;
}

ForeignText Redactor::name(const ForeignText& name) {
    const std::string& whole = name.raw_bytes();
    if (whole.find('\0') != std::string::npos) { // which a list of C strings would not see
        return word('n', name);
    }
    const auto suffix = suffix_of(whole);
    std::string result;
    for (std::size_t begin = 0; begin < suffix;) {
        const auto end = std::min(whole.find('.', begin), whole.size());
        // By all that follows: one word below two domains is two.
        result += end == begin ? std::string() : pseudonym('n', std::string_view(whole).substr(begin));
        result += end < whole.size() ? "." : "";
        begin = end + 1;
    }
    const auto kept = std::string_view(whole).substr(std::min(suffix, whole.size()));
    result += kept;
    if (result.size() > longest_name) {
        result = pseudonym('n', whole) + (kept.empty() ? "" : ".") + std::string(kept);
    }
    return ForeignText(result);
}

ForeignText Redactor::path(const ForeignText& path) {
    const std::string_view whole = path.raw_bytes();
    std::string result;
    for (std::size_t begin = 0; begin <= whole.size();) {
        const auto end = std::min(whole.find('/', begin), whole.size());
        const auto part = whole.substr(begin, end - begin);
        const bool last = end == whole.size();
        const bool kept = last ? part.empty() || is_everywhere(ForeignText(part)) : is_standard_folder(part);
        result += kept ? std::string(part) : pseudonym('f', part);
        result += last ? "" : "/";
        begin = end + 1;
    }
    return ForeignText(result);
}

std::string Redactor::unit_name(std::string_view unit) {
    if (is_standard_unit(unit)) {
        return std::string(unit);
    }
    const auto type = unit_type(unit);
    const auto beginning = unit_beginning(unit);
    auto stem = unit.substr(0, unit.size() - type.size());
    stem.remove_prefix(std::min(beginning.size(), stem.size()));
    const auto at = std::min(stem.find('@'), stem.size());
    auto result = std::string(beginning) + (at == 0 ? std::string() : pseudonym('u', stem.substr(0, at)));
    if (at < stem.size()) {
        result += '@';
        result += at + 1 < stem.size() ? pseudonym('u', stem.substr(at + 1)) : std::string();
    }
    return result + std::string(type);
}

ForeignText Redactor::unit(const ForeignText& unit) {
    return ForeignText(unit_name(unit.raw_bytes()));
}

ForeignText Redactor::cgroup(const ForeignText& cgroup) {
    const std::string_view whole = cgroup.raw_bytes();
    std::string result;
    for (std::size_t begin = 0; begin <= whole.size();) {
        const auto end = std::min(whole.find('/', begin), whole.size());
        result += unit_name(whole.substr(begin, end - begin)) + (end == whole.size() ? "" : "/");
        begin = end + 1;
    }
    return ForeignText(result);
}

std::uint32_t Redactor::number(std::map<std::uint32_t, std::uint32_t>& numbers, std::uint32_t id) {
    if (id == 0 || id == model::no_gid) {
        return id;
    }
    if (const auto known = numbers.find(id); known != numbers.end()) {
        return known->second;
    }
    const auto first = first_of_its_kind(id);
    const auto taken = std::count_if(numbers.begin(), numbers.end(), [first](const auto& entry) {
        return first_of_its_kind(entry.first) == first;
    });
    return numbers.emplace(id, first + static_cast<std::uint32_t>(taken)).first->second;
}

void Redactor::number_all(std::map<std::uint32_t, std::uint32_t>& numbers,
                          const std::set<std::uint32_t>& ids) {
    std::vector<std::pair<std::string, std::uint32_t>> order;
    order.reserve(ids.size());
    for (const auto id : ids) {
        order.emplace_back(octets('i', std::to_string(id)), id);
    }
    std::sort(order.begin(), order.end());
    for (const auto& [rank, id] : order) {
        number(numbers, id);
    }
}

model::Process Redactor::process(const model::Process& process) {
    if (!process.known()) {
        return process;
    }
    auto redacted = process;
    redacted.exe = path(process.exe);
    // That it calls itself so is a sign of its own, whether by its name or by its command line.
    redacted.comm =
        is_called_like_a_kernel_thread(process) ? ForeignText("kworker/0:0") : word('c', process.comm);
    redacted.cmdline = ForeignText();
    redacted.cgroup = cgroup(process.cgroup);
    redacted.unit = unit(process.unit);
    redacted.script = path(process.script);
    for (auto& ancestor : redacted.ancestors) {
        ancestor = path(ancestor);
    }
    if (process.uid) {
        redacted.uid = number(uids_, *process.uid);
    }
    return redacted;
}

model::Task Redactor::task(const model::Task& task) {
    const bool is_unit = !unit_type(task.name.raw_bytes()).empty();
    return {task.kind, is_unit ? unit(task.name) : word('t', task.name)};
}

model::SocketOwner Redactor::owner(const model::SocketOwner& owner) {
    return owner.kind == model::OwnerKind::user
               ? model::SocketOwner::user(number(uids_, owner.uid), number(gids_, owner.gid))
               : owner;
}

model::Record Redactor::redact(const model::Record& record) {
    const auto& from = record.identities;
    model::Record redacted;
    auto& to = redacted.identities;
    for (const auto& [uid, user] : from.users()) {
        to.name_user(number(uids_, uid), word('u', user));
    }
    std::vector<model::ProcessId> processes(from.processes());
    for (std::size_t id = 0; id < processes.size(); ++id) {
        processes[id] = to.add(process(from.process(static_cast<model::ProcessId>(id))));
    }
    std::vector<model::TaskId> tasks(from.tasks());
    for (std::size_t id = 0; id < tasks.size(); ++id) {
        tasks[id] = to.add(task(from.task(static_cast<model::TaskId>(id))));
    }
    const auto process_of = [&](model::ProcessId id) { return processes.at(static_cast<std::size_t>(id)); };
    for (const auto& flow : record.flows) {
        auto& copy = redacted.flows.emplace_back(flow);
        auto& key = copy.key;
        key.owner = owner(flow.key.owner);
        key.process = process_of(flow.key.process);
        key.creator = process_of(flow.key.creator);
        key.task = tasks.at(static_cast<std::size_t>(flow.key.task));
        key.interface = to.add_interface(word('i', from.interface(flow.key.interface)));
        if (flow.key.name != model::NameId::unknown) {
            key.name = to.add_name(name(from.name(flow.key.name)));
        }
        key.destination.address = address(flow.key.destination.address);
    }
    for (const auto& binding : record.names) {
        auto& copy = redacted.names.emplace_back(binding);
        copy.address = address(binding.address);
        copy.name = name(binding.name);
        copy.canonical = binding.canonical.empty() ? binding.canonical : name(binding.canonical);
        copy.process = process_of(binding.process);
    }
    std::sort(redacted.flows.begin(), redacted.flows.end(),
              [](const model::Flow& one, const model::Flow& other) { return one.key < other.key; });
    std::sort(redacted.names.begin(), redacted.names.end(),
              [](const model::NameBinding& one, const model::NameBinding& other) {
                  return std::tie(one.address, one.name, one.process, one.source) <
                         std::tie(other.address, other.name, other.process, other.source);
              });
    return redacted;
}

} // namespace fwlearn::analyzer
