// Any bytes as fwlearn.toml. What is understood is in the order of the text, each setting of a key has a
// value, and each has its place; what is not is refused in one printable line.
#include "expect.hpp"

#include <model/errors.hpp>

#include <cli/configuration_toml.hpp>

namespace {

using namespace fwlearn;
using fuzz::expect;
using fuzz::is_printable;

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    try {
        for (const auto& setting : cli::parse_configuration(text, "fwlearn.toml")) {
            expect(is_printable(setting.key_place) && is_printable(setting.value_place));
            expect(!setting.value_place.empty());
            expect(setting.key_place.starts_with("fwlearn.toml:"));
            if (const auto* const words = std::get_if<std::string>(&setting.value);
                words != nullptr && !setting.key.empty()) {
                expect(!words->empty() && words->find('\0') == std::string::npos);
            }
        }
    } catch (const model::UsageError& error) {
        expect(*error.what() != '\0' && is_printable(error.what()));
    }
    return 0;
}
