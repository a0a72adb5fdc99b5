#include "resolvers.hpp"

namespace fwlearn::collector::host::settings {
namespace {

struct Statement {
    std::uint32_t line = 0; ///< of the value
    std::string_view keyword;
    std::string_view value; ///< empty for what opens a clause
};

/// A keyword ends with a colon, a value may be quoted and may be in a later line, several statements may
/// share a line, and a # begins a comment where a keyword or a value could (util/configlexer.lex).
class Statements {
  public:
    explicit Statements(std::string_view text) : lines_(text) {}

    std::optional<Statement> next() {
        while (skip_to_word()) {
            const auto word = before(line_.text, " \t:");
            const bool is_keyword = line_.text.substr(word.size()).starts_with(':');
            line_.text.remove_prefix(word.size() + (is_keyword ? 1 : 0));
            if (!is_keyword) {
                continue;
            }
            if (opens_clause(word)) {
                return Statement{line_.number, word, {}};
            }
            const auto found = value();
            return Statement{line_.number, word, found};
        }
        return std::nullopt;
    }

    static bool opens_clause(std::string_view keyword) {
        return keyword == "server" || keyword == "remote-control" || keyword == "python" ||
               keyword == "dynlib" || keyword == "dnscrypt" || keyword == "cachedb" || keyword == "ipset" ||
               keyword == "dnstap" || keyword == "rpz" || keyword == "view" || keyword == "forward-zone" ||
               keyword == "stub-zone" || keyword == "auth-zone";
    }

  private:
    bool skip_to_word() {
        for (line_.text = trimmed(line_.text); line_.text.empty() || line_.text.front() == '#';
             line_.text = trimmed(line_.text)) {
            const auto line = lines_.next();
            if (!line) {
                line_.text = {};
                return false;
            }
            line_ = *line;
        }
        return true;
    }

    std::string_view value() {
        if (!skip_to_word()) {
            return {};
        }
        auto& rest = line_.text;
        const char quote = rest.front();
        if (quote != '"' && quote != '\'') {
            return take_word(rest);
        }
        const auto end = rest.find(quote, 1);
        if (end == std::string_view::npos) { // a string ends with its line at the latest
            rest = {};
            return {};
        }
        const auto result = rest.substr(1, end - 1);
        rest.remove_prefix(end + 1);
        return result;
    }

    Lines lines_;
    Line line_;
};

/// forward-zone: or stub-zone:, up to the next clause.
struct Zone {
    std::vector<Statement> servers;
    bool tls = false;
};

/// HOST[@PORT][#NAME]: with a name and no port, the port is that of TLS (unbound.conf(5), forward-addr:).
void add_servers(Findings& findings, const model::ForeignText& file, const Zone& zone) {
    for (const auto& [line, keyword, value] : zone.servers) {
        const auto at = value.find('@');
        const auto port =
            at == std::string_view::npos ? std::string_view() : before(value.substr(at + 1), "#");
        const auto server = endpoint(before(value, "@#"), port);
        if (!server) {
            continue;
        }
        const Place place{model::ConfiguredKind::resolver, file, line};
        const bool named = value.find('#') != std::string_view::npos;
        if (zone.tls) {
            findings.add_port(place, *server, model::protocol::tcp, named ? 853 : 53);
        } else {
            add_resolver(findings, place, *server);
        }
    }
}

bool is_one_of(std::string_view word, std::string_view one, std::string_view other) {
    return word == one || word == other;
}

} // namespace

Findings unbound_conf(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    std::vector<Zone> zones(1); // the first for what stands outside of all
    bool all_by_tls = false;
    Statements statements(text);
    while (const auto statement = statements.next()) {
        const auto keyword = statement->keyword;
        if (Statements::opens_clause(keyword)) {
            zones.emplace_back();
        } else if (is_one_of(keyword, "forward-addr", "forward-host") ||
                   is_one_of(keyword, "stub-addr", "stub-host")) {
            zones.back().servers.push_back(*statement);
        } else if (is_one_of(keyword, "forward-tls-upstream", "forward-ssl-upstream") ||
                   is_one_of(keyword, "stub-tls-upstream", "stub-ssl-upstream")) {
            zones.back().tls = statement->value == "yes";
        } else if (is_one_of(keyword, "tls-upstream", "ssl-upstream")) {
            all_by_tls = statement->value == "yes";
        } else if (is_one_of(keyword, "include", "include-toplevel")) {
            findings.include(std::string(statement->value));
        }
    }
    for (auto& zone : zones) {
        zone.tls = zone.tls || all_by_tls;
        add_servers(findings, file, zone);
    }
    return findings;
}

} // namespace fwlearn::collector::host::settings
