#include "audit_options.hpp"
#include "interview.hpp"
#include "read_record.hpp"

#include <analyzer/audit.hpp>
#include <analyzer/render/audit.hpp>
#include <analyzer/suggest.hpp>
#include <model/counted.hpp>

#include <fmt/format.h>

#include <iostream>

namespace fwlearn::cli {
namespace {

class LearnMore {
  public:
    LearnMore(const AuditOptions& options, Context& context)
        : context_(context), interview_(options.decisions, context), record_(read_record(context.database)),
          rules_before_(count_rules()) {
        const auto range = options.range.parse();
        auto audited = read_record(context.database, range);
        keep_within(audited, range);
        findings_ = analyzer::undecided(analyzer::audit(audited, options.rules(context)).findings, audited,
                                        interview_.decisions());
        // What was folded together no rule can tell, and no decision can be about.
        std::erase_if(findings_, [](const auto& finding) { return !finding.decision; });
        identities_ = std::move(audited.identities);
    }

    void run() {
        std::size_t left = findings_.size();
        for (const auto& finding : findings_) {
            interview_.say(fmt::format("\nfinding, {} to go", left--));
            if (!ask(finding)) {
                break;
            }
        }
        interview_.say_result();
        const auto rules = count_rules();
        interview_.say(fmt::format("the next suggest has {}, {} before this", model::counted(rules, "rule"),
                                   rules_before_));
    }

  private:
    [[nodiscard]] std::size_t count_rules() const {
        return analyzer::suggest(record_, {.decisions = interview_.decisions()}).rules.size();
    }

    /// False: no more questions.
    bool ask(const analyzer::Finding& finding) {
        context_.out << analyzer::render_question(finding, identities_, interview_.style());
        auto decision = *finding.decision;
        while (true) {
            const auto answer = interview_.ask("[a]llow, [d]eny, [e]xplain, [l]ater, [q]uit?");
            if (!answer || *answer == "q") {
                return false;
            }
            if (*answer == "l") {
                interview_.put_off();
                return true;
            }
            if (*answer == "e") {
                explain(finding);
            } else if (*answer == "d") {
                if (interview_.deny({decision})) {
                    return true;
                }
            } else if (*answer == "a") {
                decision.action = model::DecisionAction::allow;
                decision.text = model::ForeignText();
                if (interview_.write({decision})) {
                    return true;
                }
            } else {
                interview_.say("that is none of a, d, e, l and q");
            }
        }
    }

    /// All of it, cut nowhere.
    void explain(const analyzer::Finding& finding) const {
        const auto& process = identities_.process(finding.flow.key.process);
        interview_.say(analyzer::finding_line(finding, identities_));
        for (const auto& address : finding.addresses) {
            interview_.say("address: " + address.to_string());
        }
        interview_.say("command line: " + model::for_terminal(process.cmdline));
        for (const auto& ancestor : process.ancestors) {
            interview_.say("started by: " + model::for_terminal(ancestor));
        }
    }

    Context& context_;
    Interview interview_;
    model::Record record_;
    std::size_t rules_before_;
    std::vector<analyzer::Finding> findings_;
    model::Identities identities_;
};

} // namespace

void add_learn_more(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand(
        "learn-more",
        "Decide about what the whitelist denied or does not explain, one finding after another");
    auto options = std::make_shared<AuditOptions>();
    options->add_to(*verb);
    verb->callback([&context, options] {
        context.verb = [&context, options] {
            LearnMore(*options, context).run();
            return done;
        };
    });
}

} // namespace fwlearn::cli
