// The numbers of names that flows are stored with: bounded, and shared fairly between users, because whoever
// asks a resolver of his own, or says names himself, has as many as he likes. A flow whose name finds no room
// goes by its address. Used by settling.
#pragma once

#include "collector/fair_share.hpp"

#include <model/identities.hpp>
#include <model/secret_hash.hpp>

#include <string>
#include <unordered_map>

namespace fwlearn::collector {

class NameNumbers {
  public:
    /// Unknown where there is no room for another one.
    model::NameId number_of(const std::string& name, const model::SocketOwner& owner,
                            model::Identities& identities) {
        if (const auto found = numbers_.find(name); found != numbers_.end()) {
            return found->second;
        }
        if (!shares_.take(share_of(owner))) {
            ++left_out_;
            return model::NameId::unknown;
        }
        return numbers_.emplace(name, identities.add_name(model::ForeignText(name))).first->second;
    }
    /// How often there was no room.
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  private:
    static constexpr std::size_t most = 1U << 16U;

    FairShare shares_{most};
    std::unordered_map<std::string, model::NameId, model::SecretHash> numbers_;
    std::uint64_t left_out_ = 0;
};

} // namespace fwlearn::collector
