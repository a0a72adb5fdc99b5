#include "made_record.hpp"
#include "made_servers.hpp"

#include <random>
#include <set>

namespace fwlearn::bench {

void store_year(const std::filesystem::path& database, std::size_t rows) {
    constexpr unsigned sender_count = 50;
    constexpr int hours_of_year = 365 * 24;
    constexpr std::size_t hours_of_flow = 50; // in which one key's flows began, on average
    std::mt19937_64 random(rows);
    const auto below = [&random](std::size_t limit) { return static_cast<int>(random() % limit); };
    MadeRecord record(database, std::chrono::hours(hours_of_year));
    for (unsigned number = 0; record.rows() < rows; ++number) {
        const auto sender = number % sender_count;
        model::FlowKey key;
        key.owner = model::SocketOwner::user(1000 + sender, 100);
        model::Process process;
        process.exe = model::ForeignText("/usr/sbin/daemon" + std::to_string(sender));
        key.process = record.identities().add(process);
        key.task = record.identities().add(
            model::Task{model::TaskKind::service, model::ForeignText("s" + std::to_string(sender))});
        key.attribution = model::Attribution::exact;
        key.destination = {model::Service::port(model::protocol::tcp, 443),
                           model::Address::v4(0x0a000000U + number)};
        const auto first = below(hours_of_year);
        std::set<int> hours{first};
        for (std::size_t again = 0; again < hours_of_flow; ++again) {
            hours.insert(first + below(static_cast<std::size_t>(hours_of_year - first)));
        }
        for (const auto hour : hours) {
            if (record.rows() < rows) {
                record.add(MadeRecord::flow(key, MadeRecord::start + std::chrono::hours(hour), 1));
            }
        }
    }
    record.finish();
}

} // namespace fwlearn::bench
