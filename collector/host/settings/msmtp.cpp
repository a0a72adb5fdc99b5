#include "mail.hpp"

#include <map>

namespace fwlearn::collector::host::settings {
namespace {

struct Named {
    std::uint32_t line = 0;
    std::string host;
    std::string port;
};

/// What the commands of an account have set so far.
struct Account {
    Named server;
    Named proxy;
    bool tls = false;
    bool starttls = true;
};

void add(Findings& findings, const model::ForeignText& file, const Named& named, std::uint16_t usual) {
    if (const auto found = endpoint(named.host, named.port)) {
        findings.add_port({model::ConfiguredKind::mail, file, named.line}, *found, model::protocol::tcp,
                          usual);
    }
}

void set(Account& account, std::uint32_t line, const std::string& command, std::string_view argument) {
    constexpr std::size_t longest = 255; // accounts are copied, and no name is longer
    if (argument.size() > longest) {
        return;
    }
    if (command == "host") {
        account.server.line = line;
        account.server.host = argument;
    } else if (command == "port") {
        account.server.port = argument;
    } else if (command == "proxy_host") {
        account.proxy.line = line;
        account.proxy.host = argument;
    } else if (command == "proxy_port") {
        account.proxy.port = argument;
    } else if (command == "tls") {
        account.tls = argument != "off";
    } else if (command == "tls_starttls") {
        account.starttls = argument != "off";
    }
}

class Accounts {
  public:
    explicit Accounts(const model::ForeignText& file) : file_(file) {}

    void take(std::uint32_t line, const std::string& command, std::string_view argument) {
        if (command == "defaults") {
            finish();
            name_.clear();
            current_ = &defaults_;
        } else if (command == "account") { // NAME [: ACCOUNT[,...]]
            finish();
            const auto inherits = assignment(argument, ':');
            name_ = inherits ? inherits->key : argument;
            account_ = defaults_;
            if (const auto parent =
                    inherits ? named_.find(std::string(trimmed(before(inherits->value, ",")))) : named_.end();
                parent != named_.end()) {
                account_ = parent->second;
            }
            current_ = &account_;
        } else {
            set(*current_, line, command, argument);
        }
    }

    Findings end() {
        finish();
        return std::move(findings_);
    }

  private:
    /// A default alone sends nothing.
    void finish() {
        if (current_ == &defaults_) {
            return;
        }
        // The default ports of msmtp(1): port, proxy_port (RFC 1928 3).
        add(findings_, file_, account_.server, account_.tls && !account_.starttls ? 465 : 25);
        add(findings_, file_, account_.proxy, 1080);
        named_[name_] = account_;
    }

    model::ForeignText file_;
    Findings findings_;
    std::map<std::string, Account> named_;
    Account defaults_;
    Account account_;
    std::string name_;
    Account* current_ = &defaults_;
};

} // namespace

Findings msmtprc(std::string_view text, const model::ForeignText& file) {
    Accounts accounts(file);
    Lines lines(text);
    while (const auto line = lines.next()) {
        auto rest = trimmed(line->text);
        if (!rest.empty() && rest.front() != '#') {
            const std::string command(take_word(rest));
            accounts.take(line->number, command, unquoted(rest));
        }
    }
    return accounts.end();
}

} // namespace fwlearn::collector::host::settings
