// Any bytes as lines of `flows --json`.
#include "imported_invariants.hpp"

#include <import/jsonl.hpp>
#include <model/errors.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn;
    try {
        import::MemoryLines lines({reinterpret_cast<const char*>(data), size});
        import::check(import::read_jsonl(lines, model::ForeignText("flows.jsonl")));
    } catch (const model::UsageError& error) {
        fuzz::expect(fuzz::is_printable(error.what()));
    }
    return 0;
}
