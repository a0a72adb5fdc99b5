#include "../small_files.hpp"
#include "packages.hpp"

#include <model/ascii.hpp>

#include <algorithm>
#include <map>

namespace fwlearn::collector::host::settings {
namespace {

/// A word, a string, or one of { } ;
struct Token {
    std::uint32_t line = 0;
    std::string text;
    bool quoted = false;
};

/// Up to what ends a word, a comment among it.
std::size_t word_size(std::string_view text) {
    auto end = text.find_first_of(" \t\r\v\f\"{};/");
    while (end < text.size() && text[end] == '/' && text.substr(end, 2) != "//" &&
           text.substr(end, 2) != "/*") {
        end = text.find_first_of(" \t\r\v\f\"{};/", end + 1);
    }
    return std::min(end, text.size());
}

/// apt.conf(5), SYNTAX: comments as in C++, and lines that begin with # and are no command.
std::vector<Token> tokens_of(std::string_view text) {
    std::vector<Token> tokens;
    bool in_comment = false;
    Lines lines(text);
    while (const auto line = lines.next()) {
        auto rest = line->text;
        for (rest = trimmed(rest); !rest.empty(); rest = trimmed(rest)) {
            if (in_comment) {
                const auto end = rest.find("*/");
                in_comment = end == std::string_view::npos;
                rest.remove_prefix(in_comment ? rest.size() : end + 2);
            } else if (rest.starts_with("/*")) {
                in_comment = true;
                rest.remove_prefix(2);
            } else if (rest.starts_with("//") || (rest.starts_with('#') && !rest.starts_with("#clear"))) {
                break;
            } else if (rest.front() == '"') { // ends with its line at the latest
                const auto end = std::min(rest.find('"', 1), rest.size());
                tokens.push_back({line->number, std::string(rest.substr(1, end - 1)), true});
                rest.remove_prefix(std::min(end + 1, rest.size()));
            } else if (rest.front() == '{' || rest.front() == '}' || rest.front() == ';') {
                tokens.push_back({line->number, std::string(rest.substr(0, 1)), false});
                rest.remove_prefix(1);
            } else {
                const auto word = rest.substr(0, word_size(rest));
                tokens.push_back({line->number, std::string(word), false});
                rest.remove_prefix(word.size());
            }
        }
    }
    return tokens;
}

struct Setting {
    Place place;
    std::string value;
};
using Settings = std::map<std::string, Setting>; ///< by name in small letters, scopes joined by ::

constexpr std::size_t deepest = 16;

/// Proxy, and Proxy::HOST for one archive.
bool is_proxy(const std::string& name) {
    return name == "acquire::http::proxy" || name == "acquire::https::proxy" ||
           name.starts_with("acquire::http::proxy::") || name.starts_with("acquire::https::proxy::");
}

class Parser {
  public:
    Parser(const TextFile& file, Settings& settings) : file_(file.path), settings_(settings) {
        for (const auto& token : tokens_of(file.text)) {
            take(token);
        }
    }

  private:
    void take(const Token& token) {
        const bool sign = !token.quoted && token.text.size() == 1;
        if (sign && token.text == "{") {
            scopes_.push_back(words_.empty() ? "{" : name()); // a scope without a name is a mistake
            words_.clear();
        } else if (sign && token.text == "}") {
            if (!scopes_.empty()) {
                scopes_.pop_back();
            }
            words_.clear();
        } else if (sign && token.text == ";") {
            finish();
            words_.clear();
        } else if (words_.size() < 3) {
            words_.push_back(token);
        }
    }

    [[nodiscard]] std::string name() const {
        if (scopes_.size() > deepest) { // no proxy is so deep
            return "{";
        }
        const auto scope = scopes_.empty() ? std::string() : scopes_.back();
        return scope + (scope.empty() ? "" : "::") + model::lower_case(words_.front().text);
    }

    void finish() {
        if (words_.size() < 2) {
            return;
        }
        if (words_.front().text == "#clear") {
            const auto cleared = model::lower_case(words_[1].text);
            const auto below = cleared + "::";
            settings_.erase(cleared);
            auto setting = settings_.lower_bound(below);
            while (setting != settings_.end() && setting->first.starts_with(below)) {
                setting = settings_.erase(setting);
            }
        } else if (const auto full = name(); is_proxy(full) && settings_.size() < most_entries) {
            settings_[full] = {{model::ConfiguredKind::packages, file_, words_[1].line}, words_[1].text};
        }
    }

    model::ForeignText file_;
    Settings& settings_;
    std::vector<std::string> scopes_; ///< full names
    std::vector<Token> words_;        ///< of the statement so far
};

} // namespace

Findings apt_proxies(const std::vector<TextFile>& files) {
    Settings settings; // a later file's value counts
    for (const auto& file : files) {
        Parser(file, settings);
    }
    Findings findings;
    for (const auto& [name, setting] : settings) {
        const auto proxy = uri(setting.value); // DIRECT is none
        if (!proxy || !proxy->host) {
            continue;
        }
        // The default ports of methods/http.cc and methods/connect.cc.
        const bool socks = proxy->scheme.starts_with("socks5h");
        if (socks || proxy->scheme == "http" || proxy->scheme == "https") {
            findings.add_port(setting.place, *proxy->host, model::protocol::tcp,
                              socks                      ? 1080
                              : proxy->scheme == "https" ? 443
                                                         : 80);
        }
    }
    return findings;
}

} // namespace fwlearn::collector::host::settings
