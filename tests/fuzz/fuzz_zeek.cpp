// Any bytes as a Zeek log, once with --local and once without.
#include "imported_invariants.hpp"

#include <import/zeek.hpp>
#include <model/errors.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto& locals : {import::Locals{}, import::Locals({*model::Prefix::parse("192.0.2.10"),
                                                                 *model::Prefix::parse("2001:db8::10")})}) {
        try {
            import::MemoryLines lines(text);
            import::check(import::read_zeek(lines, model::ForeignText("conn.log"), locals));
        } catch (const model::UsageError& error) {
            fuzz::expect(fuzz::is_printable(error.what()));
        }
    }
    return 0;
}
