#include "firewall/observation_table.hpp"

#include "named_counter.hpp"
#include "nftables.hpp"

#include <model/errors.hpp>

namespace fwlearn::firewall {
namespace {

std::string table() {
    return std::string("table inet ") + observation_table_name;
}

} // namespace

struct ObservationTable::State {
    Nftables nftables; // with it goes the socket that owns the table, and with that the table
};

ObservationTable::ObservationTable(const ObservationRules& rules) : state_(std::make_unique<State>()) {
    constexpr const char* purpose = "cannot load the observation table (needs root or CAP_NET_ADMIN; is "
                                    "another fwlearn observing here?)";
    ObservationRules owned = rules;
    owned.owner = true;
    try {
        state_->nftables.run(nft_rules(owned), purpose);
        return;
    } catch (const model::SystemError&) {
        // A kernel before 5.12 knows no owner. Then the destructor, and the unit after a crash, take it away.
    }
    owned.owner = false;
    state_->nftables.run(nft_rules(owned), purpose);
}

ObservationTable::~ObservationTable() {
    try {
        state_->nftables.run("delete " + table(), "cannot take the observation table away");
    } catch (const model::SystemError&) {
        // Somebody took it away already (nft flush ruleset); it is gone, which is what was wanted.
    }
}

void ObservationTable::stop_logging() {
    const auto flush = std::string("flush chain inet ") + observation_table_name;
    state_->nftables.run(flush + " output; " + flush + " input", "cannot take the log rules away");
}

std::uint64_t ObservationTable::logged_packets() const {
    return packets_counted(observation_table_name, "logged");
}

std::uint64_t ObservationTable::untracked_packets() const {
    return packets_counted(observation_table_name, "untracked");
}

std::uint64_t ObservationTable::answers_left_out() const {
    return packets_counted(observation_table_name, "answers_left_out");
}

bool remove_observation_table() {
    Nftables nftables;
    const auto tables = nftables.run("list tables", "cannot list the firewall's tables");
    if (tables.find(table() + "\n") == std::string::npos) {
        return false;
    }
    nftables.run("delete " + table(), "cannot take the observation table away");
    return true;
}

} // namespace fwlearn::firewall
