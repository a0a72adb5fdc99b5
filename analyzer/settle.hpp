// Decisions on rules that are finished: which stand, what they are called, how wide they are, and what then
// becomes of the flows and of the other rules. Private to this room; called by decisions.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

class Settlement {
  public:
    /// Takes the rules out of the whitelist; finish() puts them back. Both must outlive it.
    Settlement(const model::Record& record, model::Whitelist& whitelist);

    /// In the order in which they were made. False where the decision concerns no rule, or is none on
    /// finished rules: allow, deny and widen by pattern.
    bool take(const model::Decision& decision);

    void finish();

  private:
    struct Standing {
        model::Rule rule;
        std::vector<std::string> ids;             ///< that it has had; the first as it was made
        std::vector<model::Rule> before;          ///< as it was before it was widened, with what it took in
        const model::Decision* verdict = nullptr; ///< the last allow or deny
        [[nodiscard]] bool denied() const {
            return verdict != nullptr && verdict->action == model::DecisionAction::deny;
        }
    };

    std::vector<Standing*> meant_by(const std::string& id);
    static bool apply(const model::Decision& decision, Standing& standing);
    void take_out_denied();
    void take_in_covered();
    void take_in(Standing& wide, Standing& covered);
    void count_anew(Standing& standing);
    void leave_out();
    void name_what_admits_denied() const;

    const model::Record& record_;
    model::Whitelist& whitelist_;
    std::vector<Standing> standings_; ///< by id as they were made
    std::vector<Standing> denied_;
};

} // namespace fwlearn::analyzer
