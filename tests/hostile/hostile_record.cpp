#include "hostile_record.hpp"

#include <cstdlib>

namespace fwlearn::tests {

using namespace model;

Record record_with(std::span<const std::string> strings) {
    std::size_t next = 0;
    const auto text = [&] { return ForeignText(strings[next++ % strings.size()]); };
    Record record;
    const auto start = Timestamp(std::chrono::seconds(1'790'000'000));
    for (std::uint32_t index = 0; index < places / kinds; ++index) {
        Process process;
        process.exe = text();
        process.comm = text();
        process.cmdline = text();
        process.cgroup = text();
        process.unit = text();
        process.uid = index; // keeps them apart, whatever the strings
        Flow flow;
        flow.key.owner = index == 5   ? SocketOwner::kernel()
                         : index == 6 ? SocketOwner{} // its rule has a warning
                                      : SocketOwner::user(index % 3, index % 3);
        flow.key.process = record.identities.add(process);
        flow.key.task = record.identities.add(Task{TaskKind::service, text()});
        flow.key.attribution = Attribution::exact;
        flow.key.interface = record.identities.add_interface(text());
        flow.key.overflow = index == 4;
        const auto service =
            index == 1 ? Service::icmp(protocol::icmp, 8, 0) : Service::port(protocol::tcp, 443);
        flow.key.destination = {service, Address::v4(0xc6336400U + index)};
        flow.counts.count = flow.counts.answered = 1 + index;
        flow.counts.first_seen = start;
        flow.counts.last_seen = start + std::chrono::hours(index);
        flow.hours = {{hour_of(start), flow.counts.count}};
        record.flows.push_back(flow);
        NameBinding binding;
        binding.address = flow.key.destination.address;
        binding.name = text();
        binding.source = BindingSource::configuration; // a label, as every name is that is no host's
        record.names.push_back(binding);
        record.identities.name_user(index, text());
        record.identities.name_group(index, text());
        record.configured.push_back(
            {ConfiguredKind::packages, text(), 1, text(), {}, Service::port(protocol::tcp, 80)});
        Schedule schedule;
        schedule.task = {TaskKind::timer, text()};
        schedule.file = text();
        schedule.command = text();
        schedule.when = text();
        schedule.time_zone = text();
        schedule.period = std::chrono::hours(24 * 31);
        schedule.next_run = start + std::chrono::hours(300 + index);
        record.schedules.push_back(schedule);
        record.runs.push_back({record.identities.add(Task{TaskKind::cron, text()}), hour_of(start), 1});
    }
    Observation observation;
    observation.started = start;
    observation.last_alive = start + std::chrono::hours(100);
    record.observations.push_back(observation);
    return record;
}

analyzer::SuggestOptions whatever_it_is_called() {
    Decision allow;
    allow.scope.address = Prefix(Address::v4(0xc6336400U), 24);
    return {.decisions = {allow}};
}

std::vector<std::string> known_killers() {
    return {"x\"; accept; #",
            "\"}",
            "\" } } table inet evil { chain output { type filter hook output priority 0; policy accept; } }",
            "line\nbreak",
            "\r\n\r\n",
            "carriage\rreturn",
            "\\",
            "\\\"",
            "\\n\\x0a",
            "\x1b[2J\x1b]0;title\x07",
            "\x1b[31mred\x1b[0m",
            "\xc2\x9b[2J",
            "\x9b"
            "31m",
            "\xe2\x80\xae"
            "txt.exe",
            "\xe2\x80\xa8\xe2\x80\xa9",
            std::string("nul\0inside", 10),
            "\xff\xfe\xfd",
            "\xc3",
            "\xed\xa0\x80",
            "\xf4\x90\x80\x80",
            std::string(300, 'a'),
            std::string(300, '"'),
            std::string(126, 'a') + "\"\n",
            "include \"/etc/shadow\"",
            "\ninclude \"/etc/shadow\"\n",
            "$(reboot)",
            "`reboot`",
            "; nft flush ruleset",
            "' OR 1=1; DROP TABLE flows; --",
            "*/ --> ]]> </script>",
            "$(id)",
            "\xe2\x81\xa6isolate\xe2\x81\xa9",
            "\xc2\x85\xc2\x90\xc2\x9d",
            "}}\n\t\taccept",
            "#",
            "\n#\n}",
            "{\"kind\":\"any\"}",
            "\",\"selector\":{\"kind\":\"any\",\"value\":\"\"},\"x\":\"",
            "%s%n%20%",
            "-",
            "@r_000000000000_4",
            "",
            " ",
            "\t",
            "\x7f"};
}

std::size_t string_count() {
#ifdef FWLEARN_SANITIZED // it looks for faults in the code, of which a tenth shows as many, for ten times
                         // as long
    return 1'000;
#else
    return std::getenv("FWLEARN_FULL") != nullptr ? 100'000 : 10'000;
#endif
}

std::string random_bytes(std::mt19937_64& random) {
    static const std::string meaningful = "\"'\\{}[]();#\n\r\t\x1b\x9b%$`@/*<>&|:,. ";
    const auto below = [&random](std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
    };
    std::string bytes(below(10) == 0 ? below(301) : below(24), '\0');
    for (auto& byte : bytes) {
        byte = below(3) == 0 ? meaningful[below(meaningful.size())] : static_cast<char>(below(256));
    }
    return bytes;
}

} // namespace fwlearn::tests
