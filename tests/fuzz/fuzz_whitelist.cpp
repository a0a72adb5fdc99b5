// Any bytes as a whitelist in JSON. What is understood is the same when it is printed and read again, and a
// difference to itself is none; what is not is refused in one printable line.
#include <analyzer/difference.hpp>
#include <analyzer/read_rules.hpp>
#include <analyzer/render/json.hpp>
#include <model/errors.hpp>

#include <algorithm>
#include <cstdlib>

namespace {

using namespace fwlearn;

void expect(bool truth) {
    if (!truth) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    model::Whitelist whitelist;
    try {
        whitelist.rules = analyzer::read_rules(text);
    } catch (const model::UsageError& error) {
        const std::string_view line = error.what();
        expect(std::all_of(line.begin(), line.end(), [](char byte) { return byte >= 0x20 && byte < 0x7f; }));
        return 0;
    }
    for (auto& rule : whitelist.rules) { // nobody is not printed
        std::erase(rule.processes, model::Process{});
        std::erase(rule.tasks, model::Task{});
    }
    expect(analyzer::read_rules(analyzer::render_json(whitelist)) == whitelist.rules);
    expect(analyzer::difference(whitelist.rules, whitelist.rules).empty());
    return 0;
}
