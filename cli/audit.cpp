#include "audit_options.hpp"
#include "cli/decisions_toml.hpp"
#include "cli/time_argument.hpp"
#include "finding_journal.hpp"
#include "last_audit.hpp"
#include "read_record.hpp"
#include "record_changes.hpp"
#include "run_command.hpp"

#include <analyzer/audit.hpp>
#include <analyzer/render/audit.hpp>
#include <model/errors.hpp>

#include <fmt/format.h>

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

/// What tells a finding from others as long as it is followed: without what grows.
std::string identity_of(const analyzer::Finding& finding, const model::Identities& identities) {
    model::Flow flow;
    flow.key = finding.flow.key;
    flow.key.interface = model::InterfaceId::unknown;
    flow.key.name = model::NameId::unknown;
    flow.counts.last_seen = model::Timestamp{};
    if (!finding.name.empty()) {
        flow.key.destination.address = model::Address();
    }
    return analyzer::fingerprint(flow, identities) + finding.name.raw_bytes();
}

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
            do {
                round();
            } while (context_.out.good() && changes.wait());
        }
        if (failed_commands_ > 0) {
            throw model::SystemError(fmt::format("the command given to --exec failed, or took longer than "
                                                 "half a minute, for {} of {} findings",
                                                 failed_commands_, found_));
        }
        return found_ == 0 ? done : findings;
    }

  private:
    [[nodiscard]] model::Record read() {
        auto range = range_;
        if (before_) {
            before_->follow(clocks_);
        }
        if (before_) {
            range.since = before_->until - LastAudit::once_more;
        }
        auto record = read_record(context_.database, range);
        keep_within(record, range);
        if (before_) {
            std::erase_if(record.flows,
                          [&](const model::Flow& flow) { return before_->has(flow, record.identities); });
        }
        return record;
    }

    void round() {
        clocks_ = Clocks::read();
        const auto record = read();
        auto audit = analyzer::audit(record, rules_);
        if (options_.follow) {
            std::erase_if(audit.findings, [&](const analyzer::Finding& finding) {
                return !known_.insert(identity_of(finding, record.identities)).second;
            });
        }
        print(audit, record);
        for (const auto& finding : audit.findings) {
            tell(finding, record);
        }
        found_ += audit.findings.size();
        context_.out.flush();
        // Better told twice than not at all: what could not be told is looked at again the next time.
        if (remembers_ && context_.out.good() && failed_commands_ == 0) {
            remember(record);
        }
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
            const auto input = analyzer::finding_to_json(finding, record, decision_text(finding)) + "\n";
            context_.out.flush(); // before what the command prints
            failed_commands_ += run_command(options_.command, input, std::chrono::seconds(30)) ? 0U : 1U;
        }
    }

    void remember(const model::Record& record) {
        auto next = next_audit(record, before_, range_.until, clocks_);
        Replacement replacement(options_.what.last_audit());
        replacement.fill(to_text(next), nullptr);
        replacement.take_place();
        if (!range_.since) {
            before_ = std::move(next);
        }
    }

    const Options& options_;
    Context& context_;
    model::TimeRange range_;
    bool remembers_;
    std::optional<LastAudit> before_;
    Clocks clocks_; ///< when the round began
    std::vector<model::Rule> rules_;
    std::set<std::string> known_; ///< while following
    std::size_t found_ = 0;
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
