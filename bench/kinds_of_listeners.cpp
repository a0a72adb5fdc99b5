#include "kinds_of_listeners.hpp"

#include "flow_storm.hpp"

#include <firewall/observation_rules.hpp>
#include <sql/reader.hpp>

#include <SQLiteCpp/Database.h>
#include <ground/process.hpp>

#include <csignal>
#include <fstream>
#include <stdexcept>

namespace fwlearn::bench {
namespace {

constexpr unsigned our_group = 97;
constexpr unsigned peers_group = 5;
const std::string observation_table = firewall::observation_table_name;

std::string log_rule(unsigned group, const std::string& more) {
    return "table inet bench {\nchain output {\ntype filter hook output priority mangle;\noifname \"lo\" "
           "return\n"
           "ct state new log group " +
           std::to_string(group) + " snaplen 128" + more + "\n}\n}\n";
}

/// What the peers see of the disk.
std::filesystem::path peers_work(const Programs& programs) {
    const auto path = programs.peers / "bench";
    std::filesystem::create_directories(path);
    return path;
}

void remove_record(const std::filesystem::path& database) {
    for (const char* const suffix : {"", "-wal", "-shm", "-journal", ".reserve", ".lock"}) {
        std::filesystem::remove(database.string() + suffix);
    }
}

void make_database(const std::filesystem::path& path, const std::filesystem::path& schema) {
    remove_record(path);
    std::ifstream file(schema);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.empty()) {
        throw std::runtime_error("cannot read " + schema.string());
    }
    SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(text);
}

std::uint64_t number_from(const std::filesystem::path& database, const std::string& query) {
    return static_cast<std::uint64_t>(SQLite::Database(database.string()).execAndGet(query).getInt64());
}

Kind ulogd(const Programs& programs, const std::string& name, const std::string& input,
           const std::string& configuration, const std::string& table) {
    const auto work = peers_work(programs);
    Kind kind{.name = name};
    kind.chroot = programs.peers;
    kind.command = {"/usr/sbin/ulogd", "-c", "/bench/ulogd.conf"};
    kind.prepare = [programs, work, input, configuration, table] {
        const std::string plugins = "plugin=\"/usr/lib/x86_64-linux-gnu/ulogd/";
        std::ofstream(work / "ulogd.conf")
            << "[global]\nlogfile=\"/bench/ulogd.log\"\nloglevel=5\n"
            << plugins << input << ".so\"\n"
            << plugins << "ulogd_raw2packet_BASE.so\"\n"
            << plugins << "ulogd_output_SQLITE3.so\"\n"
            << configuration << "[sqlite]\ntable=\"" << table << "\"\ndb=\"/bench/ulogd.db\"\n";
        make_database(work / "ulogd.db", programs.peers / "usr/share/doc/ulogd2/sqlite3.table");
    };
    kind.kept = [work, table] { return number_from(work / "ulogd.db", "SELECT count(*) FROM " + table); };
    return kind;
}

} // namespace

Kind fwlearn_kind(const Programs& programs, const std::filesystem::path& work,
                  const std::string& attribution) {
    const auto database = work / "fwlearn.db";
    Kind kind{.name = attribution == "none" ? "fwlearn, without attribution" : "fwlearn"};
    kind.command = {programs.fwlearn,          "--quiet",       "--db",     database, "observe", "--group",
                    std::to_string(our_group), "--attribution", attribution};
    kind.group = our_group;
    kind.own_table = observation_table;
    kind.prepare = [database] { remove_record(database); };
    kind.kept = [database] {
        std::uint64_t sum = 0;
        for (const auto& flow : sql::Reader(database).read().flows) {
            sum += flow.key.owner.uid == FlowStorm::user ? flow.counts.count : 0;
        }
        return sum;
    };
    return kind;
}

Kind receive_only_kind(const Programs& programs, const std::filesystem::path& work, bool ends) {
    const auto count = work / "received";
    Kind kind{.name =
                  ends ? "a loop that only receives, also conntrack's ends" : "a loop that only receives"};
    kind.rules = kernel_test::must_run({programs.fwlearn, "observe", "--print-rules", "--group", "97"});
    // Its table goes as those of the others go.
    for (std::size_t at = 0; (at = kind.rules.find(observation_table, at)) != std::string::npos;) {
        kind.rules.replace(at, observation_table.size(), "bench");
    }
    kind.command = {programs.receive_only, std::to_string(our_group), count};
    if (ends) {
        kind.command.emplace_back("ends");
    }
    kind.group = our_group;
    kind.prepare = [count] { std::filesystem::remove(count); };
    kind.kept = [count] {
        std::uint64_t packets = 0;
        std::ifstream(count) >> packets;
        return packets;
    };
    return kind;
}

Kind ulogd_kind(const Programs& programs) {
    auto kind =
        ulogd(programs, "ulogd2, NFLOG to SQLite", "ulogd_inppkt_NFLOG",
              "stack=log:NFLOG,base:BASE,sqlite:SQLITE3\n[log]\ngroup=" + std::to_string(peers_group) + "\n",
              "ulog_pkt");
    kind.rules = log_rule(peers_group, "");
    kind.group = peers_group;
    return kind;
}

Kind ulogd_conntrack_kind(const Programs& programs) {
    auto kind = ulogd(programs, "ulogd2, conntrack to SQLite", "ulogd_inpflow_NFCT",
                      "stack=ct:NFCT,sqlite:SQLITE3\n[ct]\nhash_enable=0\nevent_mask=1\n", "ulog_ct");
    // Without a rule that asks for it there is no conntrack.
    kind.rules = "table inet bench {\nchain output {\ntype filter hook output priority mangle;\n"
                 "ct state new counter\n}\n}\n";
    return kind;
}

Kind pmacct_kind(const Programs& programs) {
    const auto work = peers_work(programs);
    Kind kind{.name = "pmacct, NFLOG to SQLite"};
    kind.rules = log_rule(peers_group, "");
    kind.chroot = programs.peers;
    kind.command = {"/usr/sbin/uacctd", "-f", "/bench/uacctd.conf"};
    kind.group = peers_group;
    kind.end_signal = SIGINT; // then it stores what it has (pmacct's docs/SIGNALS)
    kind.prepare = [programs, work] {
        std::ofstream(work / "uacctd.conf")
            << "daemonize: false\nlogfile: /bench/uacctd.log\nuacctd_group: " << peers_group
            << "\naggregate: dst_host, dst_port, proto\nplugins: sqlite3\nsql_db: /bench/pmacct.db\n"
               "sql_optimize_clauses: true\nsql_table: acct\n";
        make_database(work / "pmacct.db",
                      programs.peers / "usr/share/pmacct/sql/pmacct-create-table_v1.sqlite3");
    };
    kind.kept = [work] {
        return number_from(work / "pmacct.db", "SELECT ifnull(sum(packets), 0) FROM acct");
    };
    return kind;
}

Kind conntrack_kind(const Programs& programs) {
    const auto work = peers_work(programs);
    Kind kind{.name = "conntrack -E, to a file"};
    kind.rules = "table inet bench {\nchain output {\ntype filter hook output priority mangle;\n"
                 "ct state new counter\n}\n}\n";
    kind.chroot = programs.peers;
    kind.command = {"/bin/sh", "-c", "exec /usr/sbin/conntrack -E -e NEW >/bench/conntrack"};
    kind.end_signal = SIGINT;
    kind.prepare = [work] { std::filesystem::remove(work / "conntrack"); };
    kind.kept = [work] {
        std::ifstream file(work / "conntrack");
        std::uint64_t lines = 0;
        for (std::string line; std::getline(file, line);) {
            lines += line.find(" udp ") != std::string::npos ? 1 : 0;
        }
        return lines;
    };
    return kind;
}

} // namespace fwlearn::bench
