#include "context.hpp"
#include "flow_options.hpp"
#include "read_record.hpp"

#include <analyzer/redact.hpp>
#include <analyzer/render/flow_json.hpp>
#include <model/counted.hpp>
#include <model/errors.hpp>
#include <sql/reader.hpp>

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <set>

namespace fwlearn::cli {
namespace {

struct Options {
    FlowOptions which;
    bool redact = false;
    bool hours = false;
};

/// For this one export: nobody who has two of them can tell that they are of one host.
std::string new_key() {
    std::array<char, 32> key{};
    if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) {
        throw model::SystemError("cannot get random numbers to redact by", errno);
    }
    return {key.begin(), key.end()};
}

/// An hour at a time, as the record has them: a flow's evidence is in how many hours and on how many days it
/// was seen, and a line has no more than one sum.
class Export {
  public:
    Export(const Options& options, Context& context)
        : options_(options), context_(context), filter_(options.which.parse()),
          range_(options.which.range.parse()) {}

    int run() {
        const auto whole = read_record(context_.database, range_);
        if (options_.redact) {
            redactor_.emplace(new_key(), whole);
        }
        std::set<model::Hour> hours;
        for (const auto& flow : whole.flows) {
            for (const auto& one : flow.hours) {
                hours.insert(one.hour);
            }
        }
        const sql::Reader reader(context_.database);
        for (const auto hour : hours) {
            write(reader.read({model::Timestamp(hour), model::Timestamp(hour + std::chrono::hours(1))}));
            if (!context_.out.good()) {
                break;
            }
        }
        if (!context_.quiet) {
            context_.err << fmt::format("fwlearn: {}; gaps ({} here), schedules, settings and files are not "
                                        "exported (docs/export.md)\n",
                                        model::counted(lines_, "line"), whole.gaps.size());
        }
        return done;
    }

  private:
    void write(model::Record record) {
        keep_admitted(record, filter_);
        if (redactor_) {
            record = redactor_->redact(record);
        }
        for (auto& flow : record.flows) {
            if (flow.counts.count == 0) { // of an hour before, in which it began
                continue;
            }
            if (options_.hours) {
                flow.counts.first_seen = std::chrono::floor<std::chrono::hours>(flow.counts.first_seen);
                flow.counts.last_seen = std::chrono::floor<std::chrono::hours>(flow.counts.last_seen);
            }
            context_.out << analyzer::flow_to_json(
                                flow, record.identities,
                                model::bindings_of(record.names, flow.key.destination.address))
                         << '\n';
            ++lines_;
        }
    }

    const Options& options_;
    Context& context_;
    FlowFilter filter_;
    model::TimeRange range_;
    std::optional<analyzer::Redactor> redactor_;
    std::uint64_t lines_ = 0;
};

} // namespace

void add_export(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("export", "Give out flows, as JSON Lines that import takes in again");
    auto options = std::make_shared<Options>();
    options->which.add_to(*verb);
    verb->add_flag("--redact", options->redact,
                   "Pseudonyms in the place of addresses, names, users, paths, units and tasks");
    verb->add_flag("--hours", options->hours, "Times to the whole hour");
    verb->callback([&context, options] {
        context.verb = [&context, options] { return Export(*options, context).run(); };
    });
}

} // namespace fwlearn::cli
