#include "workplace.hpp"

#include <exposition.hpp>
#include <sys/stat.h>

#include <map>
#include <regex>
#include <set>

using namespace fwlearn;
using namespace fwlearn::tests;

namespace {

/// Prometheus' text format 0.0.4 read by its specification, and by what node-exporter and promtool ask of it
/// beyond that: help and type before the first sample, each family once and together, no sample twice, no
/// time.
class Metrics {
  public:
    explicit Metrics(const std::string& text) {
        REQUIRE(!text.empty());
        REQUIRE(text.back() == '\n');
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            CAPTURE(line);
            line.rfind("# ", 0) == 0 ? take_comment(line) : take_sample(line);
        }
        for (const auto& [family, type] : types_) {
            const auto& shown = family;
            CAPTURE(shown);
            CHECK(helped_.contains(family));
            CHECK((type == "gauge" || type == "counter"));
            CHECK((type == "counter") == family.ends_with("_total"));
        }
    }

    /// Of one sample, as it is written: name and labels.
    [[nodiscard]] double of(const std::string& sample) const {
        CAPTURE(sample);
        REQUIRE(values_.contains(sample));
        return values_.at(sample);
    }
    [[nodiscard]] bool has(const std::string& sample) const { return values_.contains(sample); }

  private:
    void take_comment(const std::string& line) {
        static const std::regex comment(R"(# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)+))");
        std::smatch parts;
        REQUIRE(std::regex_match(line, parts, comment));
        const auto& name = parts[2].str();
        if (parts[1] == "HELP") {
            CHECK(helped_.insert(name).second);
        } else {
            CHECK(types_.emplace(name, parts[3]).second);
            current_ = name;
        }
    }

    void take_sample(const std::string& line) {
        static const std::regex sample(
            R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"\\]|"(?:[^"\\]|\\[\\"n])*")*)\})? (\S+))re");
        static const std::regex label(R"re(([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(,|$))re");
        std::smatch parts;
        REQUIRE(std::regex_match(line, parts, sample));
        CHECK(parts[1] == current_);
        std::set<std::string> names;
        auto rest = parts[2].str();
        for (std::smatch one; !rest.empty(); rest = one.suffix()) {
            REQUIRE(std::regex_search(rest, one, label, std::regex_constants::match_continuous));
            CHECK(names.insert(one[1]).second);
        }
        std::size_t read = 0;
        const double value = std::stod(parts[3], &read);
        CHECK(read == parts[3].length());
        CHECK(values_.emplace(line.substr(0, line.rfind(' ')), value).second);
    }

    std::map<std::string, std::string> types_;
    std::set<std::string> helped_;
    std::string current_;
    std::map<std::string, double> values_;
};

} // namespace

TEST_CASE("the metrics of a record are in Prometheus' format, and are its sums") {
    const Workplace workplace;
    const auto line = [](const std::string& rest) {
        return R"({"first_seen":"2026-11-23T07:00:00Z","last_seen":"2026-11-23T07:00:01Z","protocol":"udp","port":53,)" +
               rest + "}\n";
    };
    const auto flows = workplace.file(
        "flows.jsonl",
        line(
            R"("address":"198.51.100.6","count":5,"answered":3,"unanswered":2,"packets_out":9,"bytes_out":900,)"
            R"("packets_in":4,"bytes_in":800,"process":{"exe":"/bin/a"},"task":{"kind":"timer","name":"a.timer"},)"
            R"("attribution":"exact","owner":{"kind":"user","uid":33,"gid":33})") +
            line(
                R"("address":"198.51.100.7","count":2,"unanswered":2,"packets_out":7,"verdict":"denied",)"
                R"("process":{"exe":"/bin/b"},"task":{"kind":"cron","name":"/etc/crontab:1"},"attribution":"inferred")") +
            line(R"("address":"0.0.0.0","count":1,"overflow":true)") + "nonsense\n");
    REQUIRE(workplace.run({"import", "--format", "jsonl", flows}).status == 0);
    const auto result = workplace.run({"status", "--prometheus"});
    CHECK(result.status == 0);
    CHECK(result.err.empty());
    const Metrics metrics(result.out);
    for (const auto& [sample, value] :
         std::map<std::string, double>{{"fwlearn_observing", 0},
                                       {R"(fwlearn_record_flows{verdict="accepted"})", 6},
                                       {R"(fwlearn_record_flows{verdict="denied"})", 2},
                                       {R"(fwlearn_record_flows{verdict="shadowed"})", 0},
                                       {R"(fwlearn_record_outcomes{outcome="answered"})", 3},
                                       {R"(fwlearn_record_outcomes{outcome="refused"})", 0},
                                       {R"(fwlearn_record_outcomes{outcome="unanswered"})", 4},
                                       {R"(fwlearn_record_attribution{attribution="exact"})", 5},
                                       {R"(fwlearn_record_attribution{attribution="inferred"})", 2},
                                       {R"(fwlearn_record_attribution{attribution="unknown"})", 1},
                                       {"fwlearn_record_attributed_ratio", 0.875},
                                       {"fwlearn_record_exact_ratio", 0.625},
                                       {"fwlearn_record_with_owner_ratio", 0.625},
                                       {"fwlearn_record_overflowed_flows", 1},
                                       {"fwlearn_record_denied_packets", 7},
                                       {R"(fwlearn_record_packets{direction="out"})", 9},
                                       {R"(fwlearn_record_packets{direction="in"})", 4},
                                       {R"(fwlearn_record_bytes{direction="out"})", 900},
                                       {R"(fwlearn_record_bytes{direction="in"})", 800},
                                       {"fwlearn_record_distinct_flows", 3},
                                       {"fwlearn_record_processes", 2},
                                       {R"(fwlearn_record_tasks{kind="timer"})", 1},
                                       {R"(fwlearn_record_tasks{kind="cron"})", 1},
                                       {R"(fwlearn_record_runs{outcome="failed"})", 0},
                                       {R"(fwlearn_record_gaps{reason="malformed input"})", 1},
                                       {R"(fwlearn_record_gap_lost_events{reason="malformed input"})", 1},
                                       {R"(fwlearn_record_gap_seconds{reason="malformed input"})", 1},
                                       {R"(fwlearn_record_gaps{reason="conntrack table full"})", 0},
                                       {R"(fwlearn_record_gaps{reason="not tracked"})", 0},
                                       {R"(fwlearn_record_gaps{reason="not running"})", 0}}) {
        CHECK(metrics.of(sample) == value);
    }
    CHECK(metrics.of("fwlearn_record_file_bytes") >=
          static_cast<double>(std::filesystem::file_size(workplace.path("flows.db"))));
    CHECK_FALSE(metrics.has("fwlearn_observation_start_timestamp_seconds")); // this host was never observed
}

TEST_CASE("no label's value can end it, its line or the terminal's") {
    cli::Exposition out;
    out.gauge("a", "What.");
    out.sample(1, {{"b", model::ForeignText("x\"} 2\nevil 3 \\ \\\" \x1b[31m \xff ü")},
                   {"c", model::ForeignText("")}});
    const Metrics metrics(out.text());
    CHECK(std::count(out.text().begin(), out.text().end(), '\n') == 3);
    CHECK(metrics.has(R"(a{b="x\"} 2\\x0Aevil 3 \\\\ \\\\\" \\x1B[31m \\xFF \\xC3\\xBC",c=""})"));
}

TEST_CASE("status goes into a file at once, which others may read, or leaves it as it was") {
    const Workplace workplace;
    const auto log = workplace.file("conn.log", conn_log);
    const auto file = workplace.path("fwlearn.prom").string();
    CHECK(workplace.run({"status", "--prometheus", "--output", file}).status == 2); // there is no record
    CHECK_FALSE(std::filesystem::exists(file));
    REQUIRE(workplace.run({"import", "--format", "zeek", "--local", "192.0.2.10", log}).status == 0);
    std::filesystem::create_hard_link(workplace.file("before", "before"), file);
    const auto result = workplace.run({"status", "--prometheus", "--output", file});
    CHECK(result.status == 0);
    CHECK(result.out.empty());
    std::ifstream stream(file);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    CHECK(Metrics(text).of(R"(fwlearn_record_flows{verdict="accepted"})") == 3);
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0644);
    // What was there was replaced, not written over: who reads it now still has all of it.
    CHECK(std::filesystem::file_size(workplace.path("before")) == 6);
    for (const auto& entry : std::filesystem::directory_iterator(workplace.path(""))) {
        const auto name = entry.path().filename().string();
        CHECK((name == "fwlearn.prom" || !name.starts_with("fwlearn.prom")));
    }
    CHECK(workplace.run({"status", "--output", workplace.path("none/x").string()}).status == 2);
    CHECK(workplace.run({"status", "--json", "--prometheus"}).status == 2);
}
