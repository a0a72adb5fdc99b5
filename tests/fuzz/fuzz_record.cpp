// A record that somebody else wrote: values that fwlearn never stores, of any type, past the schema's own
// checks, or any bytes in the place of some of the file's. It is read, and every flow can be printed, or it
// is refused in one printable line.
#include "expect.hpp"
#include "folder_of_files.hpp"

#include <analyzer/render/flow_json.hpp>
#include <model/errors.hpp>
#include <sql/reader.hpp>
#include <sql/totals.hpp>
#include <sql/writer.hpp>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <fuzzer/FuzzedDataProvider.h>

#include <iterator>

namespace {

using namespace fwlearn;
using fuzz::expect;
using fuzz::is_printable;

class Sample {
  public:
    Sample() {
        write_record();
        SQLite::Database database(file(), SQLite::OPEN_READWRITE);
        database.exec("PRAGMA journal_mode = DELETE");
        SQLite::Statement names(database,
                                "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c "
                                "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY 1, 2");
        while (names.executeStep()) {
            columns_.emplace_back(names.getColumn(0).getString(), names.getColumn(1).getString());
        }
        std::ifstream in(file(), std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(in), {});
        expect(!columns_.empty() && !bytes_.empty());
    }

    [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "flows.db"; }

    void spoil(FuzzedDataProvider& chosen) const {
        auto bytes = bytes_;
        if (chosen.ConsumeBool()) {
            while (chosen.remaining_bytes() > 0) {
                const auto at = chosen.ConsumeIntegralInRange<std::size_t>(0, bytes.size() - 1);
                bytes[at] = chosen.ConsumeIntegral<char>();
            }
            folder_.write("flows.db", bytes);
            return;
        }
        folder_.write("flows.db", bytes);
        SQLite::Database database(file(), SQLite::OPEN_READWRITE);
        database.exec("PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF");
        while (chosen.remaining_bytes() > 0) {
            const auto& [table, column] =
                columns_.at(chosen.ConsumeIntegralInRange<std::size_t>(0, columns_.size() - 1));
            SQLite::Statement change(database,
                                     "UPDATE OR IGNORE \"" + table + "\" SET \"" + column + "\" = ?");
            bind(change, chosen);
            try {
                change.exec();
            } catch (const SQLite::Exception&) {
                // A STRICT table takes no other type.
            }
        }
    }

  private:
    void write_record() const {
        model::Identities identities;
        model::Process process;
        process.exe = model::ForeignText("/usr/bin/curl");
        process.comm = model::ForeignText("curl");
        model::FlowDelta flow;
        flow.key.process = identities.add(process);
        flow.key.owner = model::SocketOwner::user(33, 33);
        flow.key.destination = {model::Service::port(model::protocol::tcp, 443),
                                model::Address::v4(0xc6336407U)};
        const auto now = *model::parse_rfc3339("2026-11-25T12:00:00Z");
        flow.hour = model::hour_of(now);
        flow.counts.count = flow.counts.answered = flow.counts.bytes_out = 1;
        flow.counts.first_seen = flow.counts.last_seen = now;
        model::NameBinding name;
        name.address = flow.key.destination.address;
        name.name = model::ForeignText("www.example.org");
        name.count = 1;
        name.first_seen = name.last_seen = now;
        model::CaptureGap gap;
        gap.started = gap.ended = now;
        model::Batch batch;
        batch.flows = {flow};
        batch.names = {name};
        batch.gaps = {gap};
        model::Observation observation;
        observation.started = observation.last_alive = now;
        sql::Writer writer(file());
        writer.begin_observation(observation);
        writer.commit(batch, identities, now);
        writer.set_counters(std::vector<std::pair<std::string, std::uint64_t>>{{"packets", 1}});
        writer.end_observation(now);
    }
    static void bind(SQLite::Statement& change, FuzzedDataProvider& chosen) {
        switch (chosen.ConsumeIntegralInRange<int>(0, 4)) {
        case 0:
            change.bind(1, chosen.ConsumeIntegral<std::int64_t>());
            break;
        case 1:
            change.bind(1, chosen.ConsumeIntegralInRange<std::int64_t>(-2, 300));
            break;
        case 2:
            change.bind(1, chosen.ConsumeRandomLengthString(64));
            break;
        case 3: {
            const auto blob = chosen.ConsumeRandomLengthString(64);
            change.bind(1, blob.data(), static_cast<int>(blob.size()));
            break;
        }
        default:
            change.bind(1);
        }
    }

    fuzz::FolderOfFiles folder_;
    std::vector<std::pair<std::string, std::string>> columns_;
    std::string bytes_;
};

void read(const std::filesystem::path& file) {
    const sql::Reader reader(file);
    const auto record = reader.read();
    for (const auto& flow : record.flows) {
        expect(is_printable(analyzer::flow_to_json(flow, record.identities, record.names)));
    }
    (void)reader.observations();
    (void)reader.counters();
    (void)sql::read_totals(file);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Sample sample;
    FuzzedDataProvider chosen(data, size);
    sample.spoil(chosen);
    try {
        read(sample.file());
    } catch (const model::Error& error) {
        expect(*error.what() != '\0' && is_printable(error.what()));
    }
    return 0;
}
