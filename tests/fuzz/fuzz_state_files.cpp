// Any bytes in the files that fwlearn keeps beside the record: what was applied, and when it was audited
// last. What is understood is the same when it is written and read again; what is not is refused in one
// printable line.
#include "expect.hpp"
#include "folder_of_files.hpp"

#include <firewall/applied.hpp>
#include <model/errors.hpp>

#include <last_audit.hpp>

namespace {

using namespace fwlearn;
using fuzz::expect;
using fuzz::is_printable;

void or_refused(const std::function<void()>& reading) {
    try {
        reading();
    } catch (const model::Error& error) {
        expect(*error.what() != '\0' && is_printable(error.what()));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::FolderOfFiles folder;
    const std::string text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    or_refused([&] {
        folder.write(firewall::armed_file, text);
        const firewall::StateDirectory state(folder.path());
        const auto applied = firewall::read_applied(state, firewall::armed_file);
        expect(applied.has_value());
        folder.write(firewall::confirmed_file, firewall::to_text(*applied));
        const auto again = firewall::read_applied(state, firewall::confirmed_file);
        expect(again && firewall::to_text(*again) == firewall::to_text(*applied));
        expect(!firewall::is_over(state, applied->token));
    });
    or_refused([&] {
        folder.write("last-audit", text);
        const auto last = cli::read_last_audit(folder.path() / "last-audit");
        expect(last.has_value());
        folder.write("last-audit", cli::to_text(*last));
        const auto again = cli::read_last_audit(folder.path() / "last-audit");
        expect(again && again->told == last->told);
        auto followed = *last;
        followed.follow({model::Timestamp(std::chrono::seconds(1'790'000'000)), std::chrono::hours(10)});
        (void)cli::next_position({}, followed, std::nullopt, {});
    });
    return 0;
}
