#include "audit_options.hpp"
#include "cli/decisions_toml.hpp"
#include "cli/time_argument.hpp"
#include "finding_journal.hpp"
#include "folded_findings.hpp"
#include "last_audit.hpp"
#include "read_record.hpp"
#include "record_changes.hpp"
#include "run_command.hpp"

#include <analyzer/audit.hpp>
#include <analyzer/render/audit.hpp>
#include <model/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace fwlearn::cli {
namespace {

struct Options {
    AuditOptions what;
    std::string command;
    bool json = false;
    bool toml = false;
    bool follow = false;
    bool journal = false;
    bool remember = false;
};

std::string decision_text(const analyzer::Finding& finding) {
    return finding.decision ? decision_to_toml(*finding.decision) : std::string();
}

class Auditor {
  public:
    Auditor(const Options& options, Context& context)
        : options_(options), context_(context), range_(options.what.range.parse()),
          remembers_(!range_.since || options.remember) {
        if (!range_.since) {
            before_ = read_last_audit(options.what.last_audit());
        }
        if (remembers_) {
            if (options.what.state == firewall::StateDirectory::usual) {
                const firewall::StateDirectory made(options.what.state); // where nothing was applied yet
            }
            const Replacement possible(options.what.last_audit()); // and goes again
        }
        rules_ = options.what.rules(context);
    }

    int run() {
        if (!options_.follow) {
            round();
        } else {
            RecordChanges changes(context_.database);
            say_if_nobody_observes(context_);
            do {
                round();
            } while (context_.out.good() && changes.wait());
            tell_all(limit_.rest());
            context_.out.flush();
            keep_position();
        }
        if (failed_commands_ > 0) {
            throw model::SystemError(
                fmt::format("the command given to --exec failed, or took too long (30 s; "
                            "1 s after two that did), for {} of {} findings",
                            failed_commands_, commands_));
        }
        return found_ == 0 ? done : findings;
    }

  private:
    void round() {
        clocks_ = Clocks::read();
        patience_.begin_round();
        const auto record = read_news(context_.database, range_, before_, clocks_);
        auto audit = analyzer::audit(record, rules_);
        tell_all(limit_.begin_round(clocks_.since_boot));
        const auto alone = take_in(audit, record);
        print(audit, record);
        for (const auto& finding : alone) {
            tell(finding, record);
        }
        tell_all(options_.follow ? limit_.news() : limit_.rest());
        context_.out.flush();
        auto next = next_position(record, before_, range_.until, clocks_);
        if (options_.follow || remembers_) {
            before_ = std::move(next);
        }
        keep_position();
    }

    /// Those that are told alone: in turns, so that nobody has to wait for all of another's. While following
    /// no others are printed.
    std::vector<analyzer::Finding> take_in(analyzer::Audit& audit, const model::Record& record) {
        std::vector<std::pair<std::size_t, const analyzer::Finding*>> turns;
        std::vector<analyzer::Finding> printed;
        for (const auto& finding : audit.findings) {
            const auto taken = limit_.take(finding, record.identities, !options_.follow);
            found_ += taken.answer == FindingLimit::Answer::known ? 0U : 1U;
            if (taken.answer == FindingLimit::Answer::alone) {
                turns.emplace_back(taken.place, &finding);
                if (options_.follow) {
                    printed.push_back(finding);
                }
            }
        }
        std::stable_sort(turns.begin(), turns.end(),
                         [](const auto& one, const auto& other) { return one.first < other.first; });
        std::vector<analyzer::Finding> told;
        told.reserve(turns.size());
        for (const auto& turn : turns) {
            told.push_back(*turn.second);
        }
        if (options_.follow) {
            audit.findings = std::move(printed);
        }
        return told;
    }

    void print(const analyzer::Audit& audit, const model::Record& record) const {
        if (options_.json || options_.toml) {
            for (const auto& finding : audit.findings) {
                const auto decision = decision_text(finding);
                context_.out << (options_.json ? analyzer::finding_to_json(finding, record, decision)
                                               : decision)
                             << '\n';
            }
            return;
        }
        if (options_.follow) {
            for (const auto& finding : audit.findings) {
                context_.out << analyzer::finding_line(finding, record.identities) << '\n';
            }
            return;
        }
        if (!audit.findings.empty()) {
            context_.out << analyzer::render_findings(audit.findings, record,
                                                      {terminal_width(), wants_color(context_)})
                         << '\n';
        }
        if (!context_.quiet || !audit.findings.empty()) {
            context_.out << analyzer::audit_words(audit) << '\n';
        }
    }

    void tell(const analyzer::Finding& finding, const model::Record& record) {
        if (options_.journal) {
            send_to_journal(journal_fields(finding, record.identities));
        }
        if (!options_.command.empty()) {
            run_command_with(analyzer::finding_to_json(finding, record, decision_text(finding)));
        }
    }

    void tell_all(const std::vector<FoldedFindings>& folded) {
        for (const auto& one : folded) {
            if (options_.follow) { // else all of them were printed
                context_.out << (options_.json   ? folded_to_json(one)
                                 : options_.toml ? "# " + folded_line(one)
                                                 : folded_line(one))
                             << '\n';
            }
            if (options_.journal) {
                send_to_journal(journal_fields(one));
            }
            if (!options_.command.empty()) {
                run_command_with(folded_to_json(one));
            }
        }
    }

    void run_command_with(const std::string& json) {
        context_.out.flush(); // before what the command prints
        ++commands_;
        const auto end = run_command(options_.command, json + "\n", patience_.limit());
        patience_.ended(end);
        failed_commands_ += end == CommandEnd::well ? 0U : 1U;
    }

    /// Better told twice than not at all: what could not be told, or was counted and is still to be told, is
    /// looked at again by the next one.
    void keep_position() {
        if (!remembers_ || !before_ || !context_.out.good() || failed_commands_ > 0 || limit_.has_rest()) {
            return;
        }
        Replacement replacement(options_.what.last_audit());
        replacement.fill(to_text(*before_), nullptr);
        replacement.take_place();
    }

    const Options& options_;
    Context& context_;
    model::TimeRange range_;
    bool remembers_;
    std::optional<FlowPosition> before_; ///< up to where it has looked
    Clocks clocks_;                      ///< when the round began
    std::vector<model::Rule> rules_;
    FindingLimit limit_;
    std::size_t found_ = 0;
    CommandPatience patience_;
    std::size_t commands_ = 0;
    std::size_t failed_commands_ = 0;
};

} // namespace

void add_audit(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand(
        "audit", "What left, or tried to, that the whitelist does not explain; since the last audit");
    auto options = std::make_shared<Options>();
    options->what.add_to(*verb);
    auto* json = verb->add_flag("--json", options->json, "JSON Lines, one finding a line");
    verb->add_flag("--toml", options->toml, "The proposed decisions, ready for the file of decisions")
        ->excludes(json);
    verb->add_flag("--follow", options->follow,
                   "Go on as the record grows, and tell each new finding once, until stopped");
    verb->add_option("--exec", options->command,
                     "Run this by /bin/sh for each new finding, with its JSON on standard input")
        ->type_name("COMMAND")
        ->configurable();
    verb->add_flag("--journal", options->journal, "Also one entry a finding in systemd's journal")
        ->configurable();
    verb->add_flag("--remember", options->remember,
                   "With --since as well, the next audit begins where this one ends");
    verb->callback([&context, options] {
        context.verb = [&context, options] { return Auditor(*options, context).run(); };
    });
}

} // namespace fwlearn::cli
