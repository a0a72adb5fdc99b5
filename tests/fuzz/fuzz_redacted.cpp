// Whatever flows are read from lines of JSON: redacted they are as many, and the lines that are exported of
// them are read again without a complaint.
#include "imported_invariants.hpp"

#include <analyzer/redact.hpp>
#include <analyzer/render/flow_json.hpp>
#include <import/jsonl.hpp>
#include <model/errors.hpp>

namespace {

using namespace fwlearn;

model::Record record_of(const import::Imported& imported) {
    model::Record record;
    record.identities = imported.identities;
    for (const auto& row : imported.batch.flows) {
        model::Flow flow;
        flow.key = row.key;
        flow.counts = row.counts;
        flow.hours = {{row.hour, 1}};
        record.flows.push_back(flow);
    }
    record.names = imported.batch.names;
    return record;
}

std::string lines_of(const model::Record& record) {
    std::string lines;
    for (const auto& flow : record.flows) {
        std::vector<model::NameBinding> names;
        std::copy_if(record.names.begin(), record.names.end(), std::back_inserter(names),
                     [&flow](const auto& name) { return name.address == flow.key.destination.address; });
        const auto line = analyzer::flow_to_json(flow, record.identities, names);
        fuzz::expect(fuzz::is_printable(line));
        lines += line + "\n";
    }
    return lines;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        import::MemoryLines lines({reinterpret_cast<const char*>(data), size}); // NOLINT: the same octets
        const auto record = record_of(import::read_jsonl(lines, model::ForeignText("flows.jsonl")));
        const auto redacted = analyzer::Redactor("0123456789abcdef0123456789abcdef", record).redact(record);
        fuzz::expect(redacted.flows.size() == record.flows.size());
        for (const auto* const exported : {&record, &redacted}) {
            const auto text = lines_of(*exported);
            import::MemoryLines again(text);
            if (!text.empty()) {
                const auto imported = import::read_jsonl(again, model::ForeignText("exported.jsonl"));
                import::check(imported);
                fuzz::expect(imported.bad == 0);
            }
        }
    } catch (const model::UsageError& error) {
        fuzz::expect(fuzz::is_printable(error.what()));
    }
    return 0;
}
