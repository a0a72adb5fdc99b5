// Any bytes as decisions.toml. What is understood can be written down again, and is the same then; what is
// not is refused in one printable line.
#include "expect.hpp"

#include <model/errors.hpp>

#include <cli/decisions_toml.hpp>

namespace {

using namespace fwlearn;
using fuzz::expect;
using fuzz::is_printable;

void check(const std::vector<model::Decision>& decisions) {
    std::string text;
    for (const auto& decision : decisions) {
        text += cli::decision_to_toml(decision) + "\n";
    }
    const auto again = cli::parse_decisions(text, "again");
    expect(again.size() == decisions.size());
    for (std::size_t index = 0; index < again.size(); ++index) {
        auto expected = decisions[index];
        expected.line = again[index].line;
        expect(again[index] == expected);
        expect(index == 0 || again[index - 1].line < again[index].line);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    std::vector<model::Decision> decisions;
    try {
        decisions = cli::parse_decisions(text, "decisions.toml");
    } catch (const model::UsageError& error) {
        expect(is_printable(error.what()));
        return 0;
    }
    check(decisions);
    return 0;
}
