// Any bytes as a whitelist in JSON. What is understood is the same when it is printed and read again, and a
// difference to itself is none; what is not is refused in one printable line.
#include "expect.hpp"

#include <analyzer/difference.hpp>
#include <analyzer/read_rules.hpp>
#include <analyzer/render/json.hpp>
#include <model/errors.hpp>

namespace {

using namespace fwlearn;
using fuzz::expect;
using fuzz::is_printable;

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    model::Whitelist whitelist;
    try {
        whitelist.rules = analyzer::read_rules(text);
    } catch (const model::UsageError& error) {
        expect(is_printable(error.what()));
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
