// Any bytes as decisions.toml. What is understood can be written down again, and is the same then; what is
// not is refused in one printable line.
#include <model/errors.hpp>

#include <cli/decisions_toml.hpp>

#include <algorithm>
#include <cstdlib>

namespace {

using namespace fwlearn;

void expect(bool truth) {
    if (!truth) {
        std::abort();
    }
}

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
        const std::string_view line = error.what();
        expect(std::all_of(line.begin(), line.end(), [](char byte) { return byte >= 0x20 && byte < 0x7f; }));
        return 0;
    }
    check(decisions);
    return 0;
}
