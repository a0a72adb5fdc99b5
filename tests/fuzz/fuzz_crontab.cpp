// Any bytes as a crontab, of a user and of the system, and as an anacrontab.
#include <anacrontab.hpp>
#include <crontab.hpp>

#include <cstdlib>

namespace {

using namespace fwlearn;

void check_lines(const collector::host::Crontab& crontab) {
    std::uint32_t before = 0;
    for (const auto& line : crontab.lines) {
        if (line.job.line <= before || line.job.user.empty() || line.when.empty()) {
            std::abort();
        }
        before = line.job.line;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    check_lines(collector::host::read_crontab(text, model::ForeignText("/etc/crontab"), std::nullopt));
    check_lines(collector::host::read_crontab(text, model::ForeignText("x"), model::ForeignText("alice")));
    check_lines(collector::host::read_crontab(text, model::ForeignText("x"), model::ForeignText("alice"),
                                              collector::host::CronProgram::cronie));
    std::uint32_t before = 0;
    for (const auto& job : collector::host::read_anacrontab(text)) {
        if (job.line <= before || job.command.empty() || job.identifier.find('/') != std::string::npos) {
            std::abort();
        }
        before = job.line;
    }
    return 0;
}
