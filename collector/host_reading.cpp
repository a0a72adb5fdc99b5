#include "host_reading.hpp"

#include "collector/host/ledger.hpp"
#include "collector/host/settings.hpp"

#include <set>

namespace fwlearn::collector {
namespace {

/// How often timers, crontabs and settings are read again.
constexpr std::chrono::minutes period{5};

} // namespace

HostReading::HostReading(const std::filesystem::path& root, names::Names& names, process::Senders& senders,
                         Aggregator& aggregator, model::Identities& identities)
    : root_(root), names_(names), senders_(senders), aggregator_(aggregator), identities_(identities),
      schedules_(root, host::read_ledger), programs_(root) {}

void HostReading::begin(const Now& now) {
    read_settings();
    schedules_.read(now);
    take_schedules();
    read_at_ = now;
}

void HostReading::look(const Now& now) {
    const bool news = schedules_.listen(now);
    const bool due = !read_at_ || now.steady - read_at_->steady >= period;
    if (due) {
        schedules_.read(now);
        read_settings();
        look_at_new_programs();
        for (const auto& file : programs_.look_again()) {
            aggregator_.add(file);
        }
        read_at_ = now;
    }
    if (news || due) {
        senders_.use(schedules_.schedules());
    }
    take_schedules();
}

void HostReading::look_at_new_programs() {
    for (const auto& file : programs_.look(identities_)) {
        aggregator_.add(file);
    }
}

void HostReading::end(const Now& now) {
    schedules_.listen(now);
    schedules_.read(now);
    take_schedules();
}

/// Which name servers the host is configured to use, and what else its settings name.
void HostReading::read_settings() {
    auto settings = host::read_settings(root_);
    std::set<model::Address> resolvers;
    for (const auto& setting : settings) {
        if (setting.kind == model::ConfiguredKind::resolver && setting.address) {
            resolvers.insert(*setting.address);
        }
    }
    names_.use_resolvers(std::move(resolvers));
    if (settings != configured_) {
        configured_ = settings;
        aggregator_.replace(std::move(settings));
    }
}

/// Takes over what the host is found to run by the clock, and to have run.
void HostReading::take_schedules() {
    if (auto changed = schedules_.take_schedules()) {
        aggregator_.replace(std::move(*changed));
    }
    for (const auto& run : schedules_.take_runs()) {
        aggregator_.add(identities_.add(run.task), run.time, run.event);
    }
}

} // namespace fwlearn::collector
