// Any fields as an entry of the journal: one a line, NAME=value. Whatever is in the others, nobody is
// believed whom journald's own fields do not name.
#include <run_entry.hpp>

#include <cstdlib>
#include <string_view>

namespace {

using namespace fwlearn;
using collector::host::JournalEntry;
using collector::host::RunOf;

JournalEntry entry_of(std::string_view text) {
    JournalEntry entry;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto equals = line.find('=');
        if (equals != std::string_view::npos) {
            entry.emplace(line.substr(0, equals), line.substr(equals + 1));
        }
    }
    return entry;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto entry = entry_of({reinterpret_cast<const char*>(data), size}); // NOLINT: the same octets
    const auto run = collector::host::run_in(entry, model::Timestamp());
    if (!run) {
        return 0;
    }
    const bool of_user = run->of == RunOf::user_unit;
    const bool named = run->of != RunOf::cron_job || run->event == model::RunEvent::began;
    if (run->name.empty() == named || run->time < model::Timestamp() ||
        (of_user ? std::stoul(entry["_UID"]) != run->uid : entry["_UID"] != "0") ||
        (run->of == RunOf::unit && entry["_PID"] != "1")) {
        std::abort();
    }
    const auto printed = collector::host::as_cron_prints(run->name.raw_bytes());
    for (const char byte : printed) {
        if (byte < ' ' || byte > '~') {
            std::abort();
        }
    }
    return 0;
}
