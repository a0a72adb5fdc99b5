// Any bytes as a crontab, of a user and of the system.
#include <crontab.hpp>

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn;
    const std::string text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    std::uint32_t before = 0;
    for (const auto& job :
         collector::host::read_crontab(text, model::ForeignText("/etc/crontab"), std::nullopt)) {
        if (job.line <= before || job.user.empty()) {
            std::abort();
        }
        before = job.line;
    }
    (void)collector::host::read_crontab(text, model::ForeignText("x"), model::ForeignText("alice"));
    return 0;
}
