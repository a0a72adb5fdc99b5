#include "import/jsonl.hpp"

#include "accumulator.hpp"
#include "jsonl_flow.hpp"

#include <nlohmann/json.hpp>

namespace fwlearn::import {
namespace {

class JsonlReader {
  public:
    explicit JsonlReader(const model::ForeignText& name) : sum_(name, model::ObservationSource::jsonl) {}

    void take(const Line& line) {
        if (!line.too_long && line.text.find_first_not_of(" \t") == std::string_view::npos) {
            return;
        }
        sum_.line();
        if (line.too_long) {
            sum_.bad(line, "is longer than 1 MiB");
            return;
        }
        const auto object = nlohmann::json::parse(line.text, nullptr, false);
        if (!object.is_object()) {
            sum_.bad(line, "is no JSON object");
            return;
        }
        std::visit([this, &line](const auto& reading) { take_reading(line, reading); },
                   read_jsonl_flow(object, sum_.identities()));
    }

    Imported finish() { return sum_.finish(); }

  private:
    void take_reading(const Line& /*line*/, const JsonlFlow& flow) {
        sum_.add(flow.key, flow.counts);
        if (flow.key.overflow) { // its address stands for many
            return;
        }
        model::NameBinding evidence;
        evidence.first_seen = flow.counts.first_seen;
        evidence.last_seen = flow.counts.last_seen;
        evidence.count = 1;
        for (std::size_t index = 0; index < flow.names.size(); ++index) {
            const bool its_own = flow.key.name != model::NameId::unknown; // what its process knew it by
            evidence.source = its_own                 ? flow.key.name_source
                              : flow.evidence.empty() ? model::BindingSource::dns_host
                                                      : flow.evidence[index];
            const bool of_the_host = !its_own && (evidence.source == model::BindingSource::dns_host ||
                                                  evidence.source == model::BindingSource::configuration);
            evidence.process = of_the_host ? model::ProcessId::unknown : flow.key.process;
            sum_.bind(flow.key.destination.address, flow.names[index], evidence);
        }
    }
    void take_reading(const Line& /*line*/, const JsonlVerdict& verdict) {
        sum_.saw(verdict.time);
        sum_.skip();
    }
    void take_reading(const Line& line, const JsonlRefusal& refusal) { sum_.bad(line, refusal.why); }

    Accumulator sum_;
};

} // namespace

Imported read_jsonl(LineSource& lines, const model::ForeignText& name) {
    JsonlReader reader(name);
    while (const auto line = lines.next()) {
        reader.take(*line);
    }
    return reader.finish();
}

} // namespace fwlearn::import
