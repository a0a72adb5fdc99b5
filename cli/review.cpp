#include "cli/decisions_toml.hpp"
#include "context.hpp"
#include "interview.hpp"
#include "whitelist_options.hpp"

#include <analyzer/render/explanation.hpp>
#include <analyzer/render/questions.hpp>
#include <model/errors.hpp>
#include <model/host_name.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace fwlearn::cli {
namespace {

using model::DecisionAction;

struct Options {
    WhitelistOptions whitelist;
    bool all = false;
};

/// What a rule is to be widened to, as people type it; nothing where it cannot be that.
std::optional<model::Decision> parse_widening(const std::string& text) {
    model::Decision decision;
    decision.action = DecisionAction::widen;
    decision.to_address = model::Prefix::parse(text);
    decision.to_ports = decision.to_address ? std::nullopt : model::DetailRange::parse(text);
    if (text.starts_with("*.")) {
        const auto name = model::host_name(std::string_view(text).substr(2));
        decision.to_domain = model::ForeignText(name.value_or(std::string()));
    }
    const bool understood = decision.to_address || decision.to_ports || !decision.to_domain.empty();
    return understood ? std::optional(decision) : std::nullopt;
}

/// Why this rule cannot be widened so; empty where it can.
std::string why_not(const model::Rule& rule, const model::Decision& widening) {
    if (!widening.to_domain.empty() && rule.by_name.empty()) {
        return "this rule is by address: give it a prefix";
    }
    if (widening.to_ports && !rule.protocol.has_ports()) {
        return rule.protocol.name() + " has no ports";
    }
    return {};
}

class Review {
  public:
    Review(const Options& options, Context& context)
        : options_(options), context_(context), interview_(options.whitelist.decisions, context),
          record_(options.whitelist.read(context.database)) {
        propose();
    }

    void run() {
        if (ask_rules() && ask_left_out()) {
            interview_.say("that was all");
        }
        interview_.say_result();
    }

  private:
    enum class Step { next, again, quit };

    void propose() {
        whitelist_ = analyzer::suggest(record_, options_.whitelist.with(interview_.decisions()));
    }

    [[nodiscard]] bool is_decided(const model::Rule& rule) const {
        const auto& unmatched = whitelist_.unmatched; // also those that may mean one rule or another
        return std::any_of(
            interview_.decisions().begin(), interview_.decisions().end(), [&](const auto& decision) {
                return decision.action == DecisionAction::allow && !decision.scope.rule.empty() &&
                       rule.id.starts_with(decision.scope.rule) &&
                       std::find(unmatched.begin(), unmatched.end(), decision) == unmatched.end();
            });
    }

    /// Those that were not shown yet: the new ones first, then what has to be looked at, then the rest.
    [[nodiscard]] std::vector<const model::Rule*> to_ask(const std::set<std::string>& shown,
                                                         const std::set<std::string>& known) const {
        std::vector<const model::Rule*> rules;
        for (const auto& rule : whitelist_.rules) {
            if (!shown.contains(rule.id) && (options_.all || !is_decided(rule))) {
                rules.push_back(&rule);
            }
        }
        std::stable_sort(rules.begin(), rules.end(), [&known](const auto* one, const auto* other) {
            const auto rank = [&known](const model::Rule& rule) {
                return std::pair(!known.empty() && !known.contains(rule.id), !rule.warnings.empty());
            };
            return rank(*one) > rank(*other);
        });
        return rules;
    }

    bool ask_rules() {
        std::set<std::string> shown;
        std::set<std::string> known;
        auto rules = to_ask(shown, known);
        while (!rules.empty()) {
            const auto rule = *rules.front();
            interview_.say(fmt::format("\nrule {}, {} to go", rule.id, rules.size()));
            const auto step = ask_rule(rule);
            if (step == Step::quit) {
                return false;
            }
            shown.insert(rule.id);
            if (step == Step::again) { // widened: other rules may have gone with it
                known.clear();
                for (const auto& one : whitelist_.rules) {
                    known.insert(one.id);
                }
                propose();
                rules = to_ask(shown, known);
            } else {
                rules.erase(rules.begin());
            }
        }
        return true;
    }

    /// Again: there is another rule in its place.
    Step ask_rule(const model::Rule& rule) {
        context_.out << analyzer::render_question(rule, interview_.style());
        while (true) {
            const auto answer = interview_.ask("[a]ccept, [d]eny, [w]iden, [e]xplain, [l]ater, [q]uit?");
            if (!answer || *answer == "q") {
                return Step::quit;
            }
            model::Decision decision;
            decision.scope.rule = rule.id;
            if (*answer == "a" && interview_.write({decision})) {
                return Step::next;
            }
            if (*answer == "l") {
                interview_.put_off();
                return Step::next;
            }
            if (*answer == "e") {
                context_.out << analyzer::render_explanation(record_, whitelist_, rule);
            } else if (*answer == "d") {
                if (interview_.deny({decision})) {
                    return Step::next;
                }
            } else if (*answer == "w") {
                if (widen(rule)) {
                    return Step::again;
                }
            } else if (*answer != "a") {
                interview_.say("that is none of a, d, w, e, l and q");
            }
        }
    }

    bool widen(const model::Rule& rule) {
        const auto answer =
            interview_.ask("to which prefix (192.0.2.0/24), domain (*.example.org) or ports (8000-8010)?");
        if (!answer || answer->empty()) {
            return false;
        }
        auto decision = parse_widening(*answer);
        const auto refusal =
            decision ? why_not(rule, *decision) : std::string("that is no prefix, domain or range of ports");
        if (!refusal.empty()) {
            interview_.say(refusal);
            return false;
        }
        decision->scope.rule = rule.id;
        return interview_.write({*decision});
    }

    bool ask_left_out() {
        propose();
        const auto questions = analyzer::open_questions(whitelist_, record_);
        for (std::size_t index = 0; index < questions.size(); ++index) {
            interview_.say(fmt::format("\nleft out, {} to go", questions.size() - index));
            if (ask_left_out(questions[index]) == Step::quit) {
                return false;
            }
        }
        return true;
    }

    Step ask_left_out(const analyzer::OpenQuestion& question) {
        context_.out << analyzer::render_question(question, interview_.style());
        if (question.is_too_large()) {
            interview_.say(
                fmt::format("that would take {} decisions: too many for one answer; a pattern of your own "
                            "in the file of decisions\ncan say it",
                            question.scopes.size()));
            interview_.put_off();
            return Step::next;
        }
        std::vector<model::Decision> decisions(question.scopes.size());
        for (std::size_t index = 0; index < decisions.size(); ++index) {
            decisions[index].scope = question.scopes[index];
        }
        while (true) {
            const auto answer =
                interview_.ask(fmt::format("[a]llow, [d]eny ({} {}), [l]ater, [q]uit?", decisions.size(),
                                           decisions.size() == 1 ? "decision" : "decisions"));
            if (!answer || *answer == "q") {
                return Step::quit;
            }
            if (*answer == "l") {
                interview_.put_off();
                return Step::next;
            }
            if ((*answer == "a" && interview_.write(decisions)) ||
                (*answer == "d" && interview_.deny(decisions))) {
                return Step::next;
            }
            if (*answer != "a" && *answer != "d") {
                interview_.say("that is none of a, d, l and q");
            }
        }
    }

    const Options& options_;
    Context& context_;
    Interview interview_;
    model::Record record_;
    model::Whitelist whitelist_;
};

} // namespace

void add_review(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("review", "Decide about the whitelist, rule by rule");
    auto options = std::make_shared<Options>();
    verb->add_flag("--all", options->all, "Also the rules that were accepted before");
    options->whitelist.add_to(*verb);
    verb->callback([&context, options] {
        context.verb = [&context, options] {
            Review(*options, context).run();
            return done;
        };
    });
}

} // namespace fwlearn::cli
