// Second step: by which name each flow may be admitted, and which addresses that name has stood for. A name
// counts only where an answer bound it to the flow's address, for the process that sent or for the whole
// host: what a client says of itself is a label.
// Private to this room; called by suggest.
#pragma once

#include <model/whitelist.hpp>

#include <map>
#include <set>

namespace fwlearn::analyzer {

class Places {
  public:
    explicit Places(const model::Record& record);

    /// The name by which a rule may admit this flow; nullptr where it has to be by address. What the flow
    /// itself was known by when it began; else the one name that the best evidence for its address gives.
    /// None for an address that no name may bring into a whitelist.
    [[nodiscard]] const model::ForeignText* name_of(const model::FlowKey& key) const;

    /// What the name has stood for, in answers to one of these processes or to the host, as far as names may
    /// stand for it.
    [[nodiscard]] model::NamedAddresses addresses_of(const model::ForeignText& name,
                                                     const std::set<model::ProcessId>& processes) const;

    /// Names that label an address: every one whose evidence holds for one of these processes.
    [[nodiscard]] std::set<model::ForeignText> labels_of(const model::Address& address,
                                                         const std::set<model::ProcessId>& processes) const;

    /// Who asked for the name, where none of these users did: a program by path; empty where one of them did,
    /// or nobody is known who did.
    [[nodiscard]] model::ForeignText asked_by_others(const model::ForeignText& name,
                                                     const std::set<std::uint32_t>& users) const;
    /// Names that answers, to whomever, have bound to the address.
    [[nodiscard]] std::set<model::ForeignText> all_names_of(const model::Address& address) const;

  private:
    const model::Record& record_;
    std::map<model::ForeignText, std::vector<const model::NameBinding*>> by_name_; ///< answers alone
    std::map<model::Address, std::vector<model::ForeignText>> static_names_;       ///< hosts(5)
};

} // namespace fwlearn::analyzer
