#include "cli/time_argument.hpp"
#include "context.hpp"
#include "read_record.hpp"
#include "rules_file.hpp"
#include "whitelist_options.hpp"

#include <analyzer/backtest.hpp>
#include <analyzer/render/backtest.hpp>
#include <model/counted.hpp>
#include <model/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace fwlearn::cli {
namespace {

struct Options {
    std::filesystem::path file;
    std::string learn;
    bool json = false;
    WhitelistOptions whitelist;
};

class Backtester {
  public:
    Backtester(const Options& options, Context& context) : options_(options), context_(context) {}

    int run() {
        const auto& record = kept_for_good(options_.whitelist.read(context_.database));
        const auto shape = options_.whitelist.parse();
        if (!options_.file.empty()) {
            return tell(analyzer::backtest(record, shape, read_rules_file(options_.file)));
        }
        const auto [splits, shown] = splits_of(record);
        const auto results = analyzer::backtest(record, shape, splits);
        if (options_.json) {
            for (const auto& one : results) {
                context_.out << analyzer::backtest_to_json(one) << '\n';
            }
            return results[shown].denied == 0 ? done : findings;
        }
        context_.out << "Learned from the beginning of the record, and tried on the rest of it:\n\n"
                     << analyzer::render_backtests(results, style()) << '\n';
        return tell(results[shown]);
    }

  private:
    struct Splits {
        std::vector<model::Hour> all;
        std::size_t shown = 0; ///< of which the broken tasks are told
    };

    /// Throws where the record cannot be divided so.
    [[nodiscard]] Splits splits_of(const model::Record& record) const {
        Splits splits{analyzer::rolling_splits(record), 0};
        auto middle = analyzer::middle_of(record);
        if (splits.all.empty() || !middle) {
            throw model::UsageError(
                "all of the record began within one hour: there is nothing to learn from and to try it "
                "on (observe on)");
        }
        if (!options_.learn.empty()) {
            middle = asked_for(record);
            splits.all = {*middle};
        }
        const auto found = std::find(splits.all.begin(), splits.all.end(), *middle);
        splits.shown = static_cast<std::size_t>(found - splits.all.begin());
        return splits;
    }

    [[nodiscard]] model::Hour asked_for(const model::Record& record) const {
        const auto learned = std::chrono::floor<std::chrono::hours>(parse_duration(options_.learn));
        const auto [first, last] = *analyzer::begun_hours(record);
        if (learned < std::chrono::hours(1) || learned > last - first) {
            throw model::UsageError(fmt::format(
                "--learn takes from 1h to {}h: so long is this record, and something must be left to "
                "try it on",
                (last - first).count()));
        }
        return first + learned;
    }

    int tell(const analyzer::Backtest& result) {
        if (options_.json) {
            context_.out << analyzer::backtest_to_json(result) << '\n';
        } else if (result.denied == 0) {
            context_.out << fmt::format("{}: nothing of {} would have been denied\n", what(result),
                                        model::counted(result.flows, "flow"));
        } else {
            context_.out << fmt::format(
                                "{}: {} of {} flows would have been denied, and these tasks broken:\n\n",
                                what(result), result.denied, result.flows)
                         << analyzer::render_broken(result, style());
        }
        return result.denied == 0 ? done : findings;
    }

    [[nodiscard]] std::string what(const analyzer::Backtest& result) const {
        return result.learned_until
                   ? "learned until " + model::to_rfc3339(model::Timestamp(*result.learned_until))
                   : model::for_terminal(model::ForeignText(options_.file.string()));
    }

    [[nodiscard]] analyzer::TableStyle style() const { return {terminal_width(), wants_color(context_)}; }

    const Options& options_;
    Context& context_;
};

} // namespace

void add_backtest(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand(
        "backtest", "What would have broken: learn from the beginning of the record, try it on the rest");
    auto options = std::make_shared<Options>();
    auto* file = verb->add_option("FILE", options->file,
                                  "Try what suggest -o json printed on all of the record instead")
                     ->type_name("");
    verb->add_option("--learn", options->learn, "Learn for this long, and tell what breaks then: 7d, 36h")
        ->type_name("SPAN")
        ->excludes(file);
    verb->add_flag("--json", options->json, "JSON Lines, one object for each span that is learned");
    options->whitelist.add_to(*verb);
    verb->callback([&context, options] {
        context.verb = [&context, options] { return Backtester(*options, context).run(); };
    });
}

} // namespace fwlearn::cli
