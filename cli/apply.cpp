#include "boot.hpp"
#include "carried_names.hpp"
#include "cli/time_argument.hpp"
#include "context.hpp"
#include "proposal.hpp"
#include "span_check.hpp"
#include "this_host.hpp"
#include "unit_drop_ins.hpp"

#include <analyzer/coverage.hpp>
#include <analyzer/difference.hpp>
#include <analyzer/name_upkeep.hpp>
#include <analyzer/objections.hpp>
#include <analyzer/recorded_units.hpp>
#include <analyzer/render/difference.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/unmatched.hpp>
#include <analyzer/render/would_deny.hpp>
#include <firewall/apply_whitelist.hpp>
#include <firewall/fingerprint.hpp>
#include <firewall/unit_health.hpp>
#include <model/counted.hpp>
#include <model/errors.hpp>
#include <sql/reader.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>

namespace fwlearn::cli {
namespace {

using namespace std::chrono_literals;

struct Options {
    std::filesystem::path file;
    std::filesystem::path state = firewall::StateDirectory::usual;
    std::string confirm_within = "2min";
    std::string shown; ///< the digest that an earlier run printed
    bool yes = false;
    bool force = false;
    bool at_boot = false;
    bool shadow = false;
    bool ignore_health = false;
    std::string unit;
    WhitelistOptions whitelist;
};

constexpr std::size_t most_lines = 40;

std::string canonical_of(const std::optional<firewall::WhitelistTable>& table) {
    return table ? table->canonical : std::string();
}

class Apply {
  public:
    Apply(const Options& options, Context& context)
        : options_(options), context_(context), directory_(options.state),
          within_(parse_duration(options.confirm_within)) {}

    int run() {
        {
            const auto lock = directory_.lock(); // it may tidy up
            firewall::refuse_while_armed(directory_);
        }
        if (!options_.file.empty()) {
            (void)read_reviewed(options_.file); // what cannot be read is told before anything else is
        }
        const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        try {
            read_record(now);
        } catch (const model::Error& error) {
            if (options_.file.empty() || !options_.force) {
                throw;
            }
            say(std::string("nothing is known of the last day, and forced: ") + error.what());
        }
        proposal_ = propose(suggested_, options_.file, nft_options());
        const auto live = firewall::read_whitelist_table();
        show_changes(live);
        show_denied();
        show_what_goes_stale();
        const auto digest =
            firewall::fingerprint(proposal_.identity() + '\0' + canonical_of(live)).substr(0, digest_length);
        say(fmt::format("digest {}: of what will be loaded, and of the table that is there", digest));
        if (!is_agreed(digest)) {
            say("nothing was changed");
            return findings; // what was asked for was not done
        }
        load(live);
        return done;
    }

  private:
    static constexpr std::size_t digest_length = 16;

    void say(const std::string& line) { context_.out << line << '\n' << std::flush; }

    /// What it suggests, what it has of the last day, and whether that is enough.
    void read_record(model::Timestamp now) {
        const sql::Reader reader(context_.database);
        last_day_ = reader.read({now - 24h, std::nullopt});
        const auto record = options_.whitelist.read(context_.database);
        const auto reasons = analyzer::objections(record, now);
        if (!reasons.empty() && !options_.force) {
            throw model::UsageError(
                fmt::format("it is too early: {} (observe on, or apply --force)", fmt::join(reasons, "; ")));
        }
        for (const auto& reason : reasons) {
            say("too early, and forced: " + reason);
        }
        suggested_ = analyzer::suggest(record, options_.whitelist.parse());
        suggested_->coverage.summary = analyzer::summary(record);
        units_ = analyzer::recorded_units(record);
        configured_ = record.configured;
    }

    /// Throws where the record has no such unit.
    [[nodiscard]] analyzer::NftOptions nft_options() const {
        analyzer::NftOptions chosen;
        chosen.shadow = options_.shadow;
        if (options_.unit.empty()) {
            return chosen;
        }
        const auto found = std::find_if(units_.begin(), units_.end(), [this](const auto& unit) {
            return unit.unit.raw_bytes() == options_.unit;
        });
        if (found == units_.end()) {
            throw model::UsageError(
                "no unit '" + model::for_terminal(model::ForeignText(options_.unit)) +
                "' that a rule can select sent anything that is recorded (fwlearn flows --json "
                "has the units)");
        }
        chosen.unit = *found;
        return chosen;
    }

    void show_changes(const std::optional<firewall::WhitelistTable>& live) {
        const auto known = live ? live->rules : decltype(live->rules){};
        std::size_t kept = 0;
        std::size_t changed = 0;
        std::size_t added = 0;
        std::size_t removed = 0;
        std::string lines;
        for (const auto& [id, there] : proposal_.table.rules) {
            if (const auto at = known.find(id); at != known.end()) {
                const bool is_same = at->second.content == there.content;
                ++(is_same ? kept : changed);
                lines += is_same ? std::string()
                                 : fmt::format("~ {}: other addresses, services or senders than the table "
                                               "that is there has by this id\n",
                                               model::for_terminal(model::ForeignText(there.comment)));
                continue;
            }
            ++added;
            const auto rule = std::find_if(proposal_.whitelist.rules.begin(), proposal_.whitelist.rules.end(),
                                           [&id = id](const auto& one) { return one.id == id; });
            lines += rule != proposal_.whitelist.rules.end()
                         ? analyzer::render_difference({std::nullopt, *rule, {}, {}}) + "\n"
                         : "+ " + model::for_terminal(model::ForeignText(there.comment)) + "\n";
        }
        for (const auto& [id, there] : known) {
            if (!proposal_.table.rules.contains(id)) {
                ++removed;
                lines += "- " + model::for_terminal(model::ForeignText(there.comment)) + "\n";
            }
        }
        say(fmt::format("table inet fwlearn: {}; {} added, {} removed, {} kept{}",
                        live ? "there is one, which is replaced" : "there is none so far",
                        model::counted(added, "rule"), removed, kept,
                        changed == 0 ? "" : fmt::format(", {} changed", changed)));
        context_.out << lines;
        for (const auto& line : proposal_.unknown) {
            say("not known: " + line);
        }
        if (options_.file.empty()) { // else the file is what was decided
            for (const auto& line : analyzer::unmatched_lines(proposal_.whitelist)) {
                say(line);
            }
        }
    }

    void show_denied() {
        if (!suggested_) {
            return;
        }
        const auto denied = analyzer::would_deny(last_day_, proposal_.whitelist);
        std::uint64_t flows = 0;
        for (const auto& one : denied) {
            flows += one.flows;
        }
        std::uint64_t all = 0;
        for (const auto& flow : last_day_.flows) {
            all += flow.counts.count;
        }
        say(fmt::format("of the last day's {} flows {} would have been denied{}{}", all, flows,
                        options_.unit.empty() ? "" : " if all were judged, and not one unit alone",
                        denied.empty() ? "" : ":"));
        context_.out << analyzer::render_would_deny(denied, last_day_.identities, most_lines);
    }

    /// What would be denied only later: when a unit starts again, when a name's addresses are forgotten.
    void show_what_goes_stale() {
        const std::string when = options_.shadow ? "once it is no trial any more: " : "";
        const auto units = units_without_drop_in(proposal_.table.units, "/");
        if (!units.empty()) {
            std::vector<std::string> names;
            std::transform(units.begin(), units.end(), std::back_inserter(names),
                           [](const auto& unit) { return model::for_terminal(model::ForeignText(unit)); });
            say(when +
                fmt::format(
                    "denied as soon as they start again, because no drop-in puts them into their sets: {}\n"
                    "  before that: fwlearn suggest -o systemd --directory /etc/systemd/system; systemctl "
                    "daemon-reload",
                    fmt::join(names, ", ")));
        }
        // Of rules that are not known it cannot be told whom they let out.
        const auto denied = proposal_.unknown.empty()
                                ? analyzer::resolvers_denied_to_refresh(proposal_.whitelist, configured_)
                                : std::vector<model::Address>();
        if (!denied.empty()) {
            std::vector<std::string> servers;
            std::transform(denied.begin(), denied.end(), std::back_inserter(servers),
                           [](const auto& server) { return server.to_string(); });
            say(when +
                fmt::format(
                    "fwlearn-refresh.service may not ask {}: without it the addresses of names are "
                    "forgotten 72 hours after their TTLs, and denied from then on\n"
                    "  once this is loaded: systemctl start fwlearn-refresh; fwlearn learn-more (allow "
                    "it); fwlearn apply",
                    fmt::join(servers, ", ")));
        }
    }

    bool is_agreed(const std::string& digest) {
        if (!options_.shown.empty()) {
            if (options_.shown != digest) {
                throw model::UsageError("what was shown has changed since, the file or the table that is "
                                        "there: look again, and give "
                                        "--shown the digest of now");
            }
            return true;
        }
        if (options_.yes) {
            return true;
        }
        if (isatty(STDIN_FILENO) != 1) {
            throw model::UsageError(
                "nothing was loaded: without a terminal to ask on, give --yes, or --shown " + digest);
        }
        context_.out << fmt::format("load it? it is taken back in {} unless you confirm [y/N] ",
                                    options_.confirm_within)
                     << std::flush;
        std::string answer;
        return std::getline(std::cin, answer) && (answer == "y" || answer == "yes");
    }

    void load(const std::optional<firewall::WhitelistTable>& live) {
        firewall::Application application;
        application.wanted = proposal_.table;
        application.document = analyzer::render_json(proposal_.whitelist);
        application.confirm_within = within_;
        application.cgroup_root = cgroup_root();
        application.before_canonical = canonical_of(live);
        application.watch_health = !options_.shadow && !options_.ignore_health;
        application.watched_unit = options_.unit;
        application.check_again = [this] {
            if (!options_.file.empty() && read_reviewed(options_.file) != proposal_.bytes) {
                throw model::UsageError(
                    model::for_terminal(model::ForeignText(options_.file.string())) +
                    " was changed since it was shown: look again at what will change, and apply again");
            }
        };
        application.connections = open_connections;
        application.carry = carried_names;
        const auto loaded = firewall::apply_whitelist(directory_, application);
        if (!loaded.unwatched.empty()) {
            say("services that fail do not take it back: " + loaded.unwatched);
        }
        if (!context_.quiet) {
            const auto& primed = loaded.primed;
            say(fmt::format("loaded; of {} open connections {} were made known to conntrack{}",
                            primed.known + primed.made + primed.failed, primed.made,
                            primed.failed == 0 ? "" : fmt::format(", {} could not be", primed.failed)));
            say(fmt::format(
                "open a NEW login, and try what this host is for; then: fwlearn confirm\n"
                "unless that comes within {}, all is put back as it was (by {}); fwlearn rollback does it "
                "at once",
                options_.confirm_within, loaded.way_back));
            if (application.watch_health && loaded.unwatched.empty()) {
                say(watched_words());
            }
        }
    }

    [[nodiscard]] std::string watched_words() const {
        const auto who = options_.unit.empty()
                             ? std::string("a service that")
                             : model::for_terminal(model::ForeignText(options_.unit)) + ", when it";
        return fmt::format("so does {} fails or is restarted {} times (apply --ignore-health: not)", who,
                           firewall::UnitHealth::too_many_restarts);
    }

    const Options& options_;
    Context& context_;
    firewall::StateDirectory directory_;
    std::chrono::milliseconds within_;
    model::Record last_day_;
    std::optional<model::Whitelist> suggested_;
    std::vector<model::Selector> units_; ///< that are recorded
    std::vector<model::Configured> configured_;
    Proposal proposal_;
};

} // namespace

void add_apply(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("apply", "Load the whitelist, with a way back unless it is confirmed");
    auto options = std::make_shared<Options>();
    auto* file = verb->add_option("FILE", options->file,
                                  "What suggest -o nft or json printed, reviewed; else what is suggested now")
                     ->type_name("");
    auto* yes = verb->add_flag("-y,--yes", options->yes, "Do not ask");
    auto* shown =
        verb->add_option("--shown", options->shown,
                         "Do not ask, if what will be loaded and replaced is still what an earlier run "
                         "showed with this digest")
            ->type_name("DIGEST")
            ->excludes(yes);
    verb->add_option("--confirm-within", options->confirm_within,
                     "Taken back unless fwlearn confirm comes within: 30s, 5min")
        ->check(span_between("1s", "24h"))
        ->capture_default_str()
        ->configurable()
        ->type_name("SPAN");
    auto* force = verb->add_flag(
        "--force", options->force,
        "Also where the record has gaps, is of less than a day, or a schedule was not seen to run");
    verb->add_option("--state", options->state, "Where it is written down what was applied")
        ->capture_default_str()
        ->type_name("DIR");
    verb->add_flag("--shadow", options->shadow,
                   "On trial: deny nothing; count and log what would be (fwlearn flows --shadowed, audit)");
    verb->add_option("--unit", options->unit,
                     "Judge what this systemd unit sends, and nothing else: lock one first")
        ->type_name("NAME");
    auto* ignore_health = verb->add_flag("--ignore-health", options->ignore_health,
                                         "Do not take it back when a service fails or is restarted again and "
                                         "again before it is confirmed")
                              ->configurable();
    verb->add_flag("--at-boot", options->at_boot,
                   "Load what was confirmed, without asking (for a unit at boot)")
        ->excludes(file)
        ->excludes(yes)
        ->excludes(shown)
        ->excludes(force)
        ->excludes(ignore_health);
    options->whitelist.add_to(*verb);
    verb->callback([&context, options] {
        context.verb = [&context, options] {
            return options->at_boot ? apply_at_boot(options->state, context) : Apply(*options, context).run();
        };
    });
}

} // namespace fwlearn::cli
