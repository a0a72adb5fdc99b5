#include "log.hpp"
#include "rsyslog_object.hpp"

#include <model/ascii.hpp>

#include <algorithm>

namespace fwlearn::collector::host::settings {
namespace {

constexpr std::uint16_t syslog_port = 514;

class Script {
  public:
    Script(std::string_view text, const model::ForeignText& file) : cursor_(text), file_(file) {}

    Findings read() {
        for (cursor_.skip_blanks(); !cursor_.rest().empty(); cursor_.skip_blanks()) {
            const char front = cursor_.front();
            if (front == '$') {
                directive(cursor_.take(rest_of_line()));
            } else if ((front == '"' || front == '\'') && closes_in_line(front)) {
                take_string(cursor_);
            } else if (front == '@') {
                forward(cursor_.take(word_size()));
            } else if (cursor_.rest().starts_with(":omrelp:")) {
                relp(cursor_.take(word_size()));
            } else {
                word();
            }
        }
        return std::move(findings_);
    }

  private:
    [[nodiscard]] std::size_t rest_of_line() const {
        return std::min(cursor_.rest().find('\n'), cursor_.rest().size());
    }
    [[nodiscard]] std::size_t word_size() const {
        return std::min(cursor_.rest().find_first_of(" \t\r\n"), cursor_.rest().size());
    }
    /// An apostrophe alone may be in a path of the old syntax.
    [[nodiscard]] bool closes_in_line(char quote) const {
        const auto rest = cursor_.rest();
        const auto end = rest.find_first_of(quote == '"' ? "\"\n" : "'\n", 1);
        return end != std::string_view::npos && rest[end] == quote;
    }
    [[nodiscard]] Place here(std::uint32_t line) const { return {model::ConfiguredKind::log, file_, line}; }

    void directive(std::string_view line) {
        if (model::lower_case(take_word(line)) == "$includeconfig") {
            findings_.include(std::string(before(line, " \t\r#")));
        }
    }

    /// @HOST by UDP, @@HOST by TCP; options in parentheses before it, a template behind a semicolon.
    void forward(std::string_view word) {
        const auto line = cursor_.line();
        word.remove_prefix(1);
        const bool tcp = word.starts_with('@');
        word.remove_prefix(tcp ? 1 : 0);
        if (word.starts_with('(')) {
            word.remove_prefix(std::min(word.find(')'), word.size() - 1) + 1);
        }
        if (const auto target = endpoint(before(word, ";"))) {
            findings_.add_port(here(line), *target, tcp ? model::protocol::tcp : model::protocol::udp,
                               syslog_port);
        }
    }

    void relp(std::string_view word) {
        word.remove_prefix(std::string_view(":omrelp:").size());
        if (const auto target = endpoint(before(word, ";"))) {
            findings_.add_port(here(cursor_.line()), *target, model::protocol::tcp, syslog_port);
        }
    }

    /// A name, which may begin an object, or one other byte.
    void word() {
        const auto name = model::lower_case(
            cursor_.take(std::min(cursor_.rest().find_first_of(" \t\r\n(){}@\"'"), cursor_.rest().size())));
        if (name.empty()) {
            cursor_.take(1);
            return;
        }
        if (name != "action" && name != "include") {
            return;
        }
        cursor_.skip_blanks();
        if (cursor_.front() != '(') {
            return;
        }
        const auto parameters = take_parameters(cursor_);
        if (name == "action") {
            action(parameters);
        } else if (const auto path = parameters.find("file"); path != parameters.end()) {
            for (const auto& pattern : path->second.values) {
                findings_.include(pattern);
            }
        }
    }

    void action(const Parameters& parameters) {
        const auto value = [&parameters](const char* name) {
            const auto found = parameters.find(name);
            return found == parameters.end() || found->second.values.empty() ? std::string()
                                                                             : found->second.values.front();
        };
        const auto type = model::lower_case(value("type"));
        const auto target = parameters.find("target");
        if ((type != "omfwd" && type != "omrelp") || target == parameters.end()) {
            return;
        }
        const bool tcp = type == "omrelp" || model::lower_case(value("protocol")) == "tcp";
        for (const auto& host : target->second.values) {
            if (const auto found = endpoint(host, value("port"))) {
                findings_.add_port(here(target->second.line), *found,
                                   tcp ? model::protocol::tcp : model::protocol::udp, syslog_port);
            }
        }
    }

    Cursor cursor_;
    model::ForeignText file_;
    Findings findings_;
};

} // namespace

Findings rsyslog_conf(std::string_view text, const model::ForeignText& file) {
    return Script(text, file).read();
}

std::vector<model::Configured> read_log(HostFiles& files) {
    return read_with_includes(files, {"/etc/rsyslog.conf"}, rsyslog_conf);
}

} // namespace fwlearn::collector::host::settings
