#include "collector/process/redact.hpp"

#include "hidden_values.hpp"
#include "secret_options.hpp"
#include "secret_words.hpp"
#include "shell_words.hpp"

#include <model/ascii.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace fwlearn::collector::process {
namespace {

/// A command line within an argument of a command line within an argument: one quote is taken off each time.
constexpr int deepest = 4;

std::string redacted_line(std::string_view line, int depth);

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

/// `-x`, `--name`, `--name=...`: what can follow an option that was given without its secret.
bool is_plain_option(std::string_view word) {
    if (!word.starts_with("--")) {
        return word.size() == 2 && word.front() == '-';
    }
    const auto name = word.substr(2, word.find('=') - 2);
    return !name.empty() && model::is_lower_case(name.front()) &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

/// How many bytes of `name=`, `--name=` or `name:` begin the text; 0 where it begins otherwise.
std::size_t length_of_name(std::string_view text) {
    const auto end =
        text.find_first_not_of("-_.%abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    const bool named = end != std::string_view::npos && end > 0 && (text[end] == '=' || text[end] == ':') &&
                       !text.substr(end).starts_with("://");
    return named ? end + 1 : 0;
}

/// One argument, which may be a value, a text or a command line of its own.
std::string redacted_text(std::string_view text, int depth) {
    std::string result;
    // --header=X-Auth-Token: x, --set=db.password=x: what a secret's name begins is a secret up to its end.
    for (auto length = length_of_name(text); length > 0; length = length_of_name(text)) {
        const auto name = text.substr(0, length - 1);
        const auto value = std::min(text.find_first_not_of(' ', length), text.size());
        if (value < text.size() && is_secret(secret_name(name), text.substr(value))) {
            return result.append(text.substr(0, value)).append(hidden);
        }
        if (text[length - 1] == ':') {
            break;
        }
        result.append(text.substr(0, length));
        text.remove_prefix(length);
    }
    const auto rest = without_user_info(without_named_values(text));
    if (!has_shell_syntax(rest)) {
        return result.append(without_keys(rest));
    }
    return result.append(depth < deepest ? redacted_line(rest, depth + 1) : hidden);
}

/// The words of a command, whether they came as arguments or within a line, one after the other.
class Words {
  public:
    explicit Words(int depth) : depth_(depth) {}

    void end_command() {
        first_ = true;
        next_ = Next::any;
    }

    std::string next(std::string_view word) {
        const auto expected = std::exchange(next_, Next::any);
        if (expected == Next::line) {
            return redacted_line(word, depth_ + 1);
        }
        if (expected != Next::any && !is_plain_option(word)) {
            return expected_value(expected, word);
        }
        const auto name = word.substr(word.rfind('/') + 1);
        const bool first = std::exchange(first_, false);
        if (first || has_secret_options(name)) {
            program_ = name;
        }
        const auto option = secret_option(program_, word);
        if (option.value != OptionValue::harmless && option.value_begins < word.size()) {
            const auto value = word.substr(option.value_begins);
            return std::string(word.substr(0, option.value_begins)) +
                   (option.value == OptionValue::user ? without_password(value) : std::string(hidden));
        }
        next_ = announced(word, option.value, first);
        return redacted_text(word, depth_);
    }

  private:
    enum class Next : std::uint8_t {
        any,
        secret,
        key,  ///< or the path of one
        user, ///< user:secret
        line, ///< a command line
    };

    std::string expected_value(Next expected, std::string_view word) {
        if (expected == Next::user) {
            return without_password(word);
        }
        // Authorization: Bearer x
        if (is_one_of(model::lower_case(word), {"bearer", "basic", "digest", "negotiate", "token", "="})) {
            next_ = expected;
            return std::string(word);
        }
        const bool harmless = word.empty() || (expected == Next::key && !is_secret(SecretName::key, word));
        return harmless ? std::string(word) : std::string(hidden);
    }

    /// What the word after this one is.
    static Next announced(std::string_view word, OptionValue option, bool first) {
        constexpr std::size_t longest_cluster = 4;
        if (option != OptionValue::harmless) {
            return option == OptionValue::user ? Next::user : Next::secret;
        }
        const auto plain = model::lower_case(word);
        if (is_one_of(plain, {"bearer", "basic"}) ||
            (!first && is_one_of(plain, {"password", "passphrase"}))) {
            return Next::secret;
        }
        const bool is_option = word.starts_with('-') && word.find_first_of("=:") == std::string_view::npos;
        if (is_option && word.size() <= longest_cluster && word.ends_with('c') && word[1] != '-') {
            return Next::line; // sh -c, bash -lc
        }
        // Authorization:, {"password":
        const auto begin = std::min(word.find_first_not_of("{[(,'\""), word.size());
        const auto end = word.find_last_not_of(":'\"") + 1;
        const bool field = word.ends_with(':') && end > begin;
        if (!field && (!is_option || (word.size() <= 3 && !word.starts_with("--")))) {
            return Next::any;
        }
        const auto name = secret_name(field ? word.substr(begin, end - begin) : word);
        if (name == SecretName::none) {
            return Next::any;
        }
        return name == SecretName::key ? Next::key : Next::secret;
    }

    int depth_;
    std::string program_;
    bool first_ = true;
    Next next_ = Next::any;
};

std::string redacted_line(std::string_view line, int depth) {
    if (depth > deepest) {
        return std::string(hidden);
    }
    Words words(depth);
    std::string result;
    while (const auto piece = next_piece(line)) {
        if (!piece->word) {
            if (piece->ends_command) {
                words.end_command();
            }
            result.append(piece->raw);
            continue;
        }
        const auto shown = words.next(piece->plain);
        result.append(shown == piece->plain ? piece->raw : shown); // with its quotes where nothing was hidden
    }
    return result;
}

} // namespace

model::ForeignText redacted_command_line(const std::vector<model::ForeignText>& arguments,
                                         std::size_t limit) {
    constexpr std::string_view cut = "...";
    std::string line;
    Words words(0);
    for (std::size_t i = 0; i < arguments.size() && line.size() <= limit; ++i) {
        const auto& text = arguments[i].raw_bytes();
        const auto shown = words.next(text);
        // A process that names itself, and a crontab's command, come as one argument.
        line += i == 0 ? redacted_line(text, 0) : " " + shown;
    }
    if (line.size() > limit) {
        line.resize(limit > cut.size() ? limit - cut.size() : 0);
        line += cut.substr(0, std::min(limit, cut.size()));
    }
    return model::ForeignText(line);
}

} // namespace fwlearn::collector::process
