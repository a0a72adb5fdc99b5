// The outputs that outputs_test has not: iptables, Markdown, and the answers to questions about a whitelist
// (explain, curve, backtest, diff, review), with decisions whose words are hostile too. systemd_test has the
// drop-ins.
#include "hostile_record.hpp"
#include "structure.hpp"

#include <analyzer/render/backtest.hpp>
#include <analyzer/render/curve.hpp>
#include <analyzer/render/difference.hpp>
#include <analyzer/render/dnsmasq.hpp>
#include <analyzer/render/explanation.hpp>
#include <analyzer/render/iptables.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/markdown.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/render/questions.hpp>
#include <analyzer/render/short_head.hpp>
#include <analyzer/render/systemd.hpp>
#include <analyzer/render/table.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

using namespace fwlearn;
using tests::beginnings;
using tests::is_printable;
using tests::line_count;
using tests::without_foreign_words;

namespace {

constexpr analyzer::TableStyle style{100, false};
/// What explain and review have before each fact.
constexpr std::size_t heading = 10;

/// What every flow is allowed by, with a title and a comment of these words, and a decision that concerns
/// nothing, whatever its patterns may mean: nobody was there.
analyzer::SuggestOptions decided_in(std::span<const std::string> words) {
    auto options = tests::whatever_it_is_called();
    model::Decision title = options.decisions.front();
    title.action = model::DecisionAction::rename;
    title.text = model::ForeignText(words[0]);
    model::Decision comment = title;
    comment.action = model::DecisionAction::comment;
    comment.text = model::ForeignText(words[1]);
    model::Decision unmatched;
    unmatched.action = model::DecisionAction::deny;
    unmatched.scope.address = model::Prefix(model::Address::v4(0xc0000201U)); // 192.0.2.1
    unmatched.scope.process = model::ForeignText(words[2]);
    unmatched.scope.task = model::ForeignText(words[3]);
    unmatched.scope.user = model::ForeignText(words[4]);
    unmatched.scope.unit = model::ForeignText(words[5]);
    unmatched.scope.name = model::ForeignText(words[6]);
    unmatched.text = model::ForeignText(words[7]);
    options.decisions.insert(options.decisions.end(), {title, comment, unmatched});
    return options;
}

analyzer::OpenQuestion question_in(std::span<const std::string> words) {
    analyzer::OpenQuestion question;
    question.reason = "a reason of fwlearn's own";
    question.program = model::ForeignText(words[0]);
    question.flows = 1;
    question.first_seen = question.last_seen = model::Timestamp{};
    model::DecisionScope scope;
    scope.process = model::ForeignText(words[0]);
    scope.user = model::ForeignText(words[1]);
    scope.name = model::ForeignText(words[2]);
    question.scopes = {scope};
    return question;
}

struct Answers {
    std::vector<std::string> files;   ///< of which comments are no part
    std::vector<std::string> heads;   ///< comments and nothing else
    std::vector<std::string> words;   ///< for reading; each line begins with a word of fwlearn's own
    std::vector<std::string> objects; ///< JSON, an object each
    std::string markdown;
};

void add_lines(const std::string& text, std::vector<std::string>& lines) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
}

Answers answers_of(std::span<const std::string> strings) {
    const auto record = tests::record_with(strings);
    const auto options = decided_in(strings);
    const auto whitelist = analyzer::suggest(record, options);
    REQUIRE(whitelist.unmatched.size() == 1);
    Answers answers;
    answers.files = {analyzer::render_iptables(whitelist, model::Family::ipv4).text,
                     analyzer::render_iptables(whitelist, model::Family::ipv6).text,
                     analyzer::render_ipset(whitelist)};
    answers.heads = {analyzer::render_systemd(whitelist, 252).text,
                     analyzer::render_systemd(whitelist, 257).text, analyzer::render_dnsmasq(whitelist)};
    answers.markdown = analyzer::render_markdown(whitelist);
    answers.words = {analyzer::render_short_head(whitelist), analyzer::render_table(whitelist, style),
                     analyzer::render_question(question_in(strings), style)};
    answers.objects = {analyzer::render_json(whitelist)};
    const auto steps = analyzer::curve(record, options);
    answers.words.push_back(analyzer::render_curve(steps, style));
    const auto nothing = analyzer::backtest(record, options, std::span<const model::Rule>());
    answers.words.push_back(analyzer::render_broken(nothing, style));
    answers.objects.push_back(analyzer::backtest_to_json(nothing));
    add_lines(analyzer::curve_to_json(steps), answers.objects);
    for (const auto& rule : whitelist.rules) {
        answers.words.push_back(analyzer::render_explanation(record, whitelist, rule));
        answers.words.push_back(analyzer::render_question(rule, style));
        answers.objects.push_back(analyzer::explanation_to_json(record, whitelist, rule));
    }
    auto changed = whitelist.rules;
    changed.pop_back();
    changed.front().addresses = {model::Prefix(model::Address::v4(0xc0000201U))};
    for (const auto& [before, after] :
         {std::pair(whitelist.rules, changed), std::pair(changed, whitelist.rules)}) {
        for (const auto& change : analyzer::difference(before, after)) {
            const auto line = analyzer::render_difference(change);
            REQUIRE(line_count(line) == 0);
            answers.words.push_back(line);
            answers.objects.push_back(analyzer::difference_to_json(change));
        }
    }
    return answers;
}

/// As iptables-restore and ipset get it: lines that begin with # are not read, and none is longer than either
/// reads (iptables-restore 10,239 octets, ipset 1,023). Checks the comments of rules on the way.
std::string without_comments(const std::string& file) {
    constexpr std::string_view opening = " --comment \"";
    constexpr std::size_t longest = 1023;
    std::string result;
    std::istringstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        REQUIRE(line.size() <= longest);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        if (const auto begin = line.find(opening); begin != std::string::npos) {
            const auto end = line.find('"', begin + opening.size());
            REQUIRE(end != std::string::npos);
            REQUIRE(line.find('"', end + 1) == std::string::npos);
            const auto comment = line.substr(begin + opening.size(), end - begin - opening.size());
            REQUIRE(comment.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@:+-,()% ") ==
                    std::string::npos);
            line.erase(begin, end + 1 - begin);
        }
        result += line + '\n';
    }
    return result;
}

/// What Markdown makes of a line: all of its signs but those behind a backslash, and how it begins.
/// A hyphen, a comma and a slash within a line mean nothing, and are text's.
std::vector<std::string> signs(const std::string& markdown) {
    std::vector<std::string> result;
    std::istringstream lines(markdown);
    for (std::string line; std::getline(lines, line);) {
        auto signs = line.substr(0, 2) + ' ';
        for (std::size_t at = 0; at < line.size(); ++at) {
            if (line[at] == '\\') {
                ++at;
            } else if (std::string_view("|`*_[]<>&#!~$").find(line[at]) != std::string_view::npos) {
                signs += line[at];
            }
        }
        result.push_back(signs);
    }
    return result;
}

/// All that differs is in the foreign strings.
void check_same(const Answers& answers, const Answers& harmless) {
    for (std::size_t index = 0; index < harmless.files.size(); ++index) {
        REQUIRE(is_printable(answers.files[index]));
        REQUIRE(without_comments(answers.files[index]) == without_comments(harmless.files[index]));
    }
    for (const auto& head : answers.heads) {
        REQUIRE(is_printable(head));
        std::istringstream lines(head);
        for (std::string line; std::getline(lines, line);) {
            REQUIRE((line.empty() || line.front() == '#'));
        }
    }
    REQUIRE(is_printable(answers.markdown));
    REQUIRE(signs(answers.markdown) == signs(harmless.markdown));
    REQUIRE(answers.words.size() == harmless.words.size());
    for (std::size_t index = 0; index < harmless.words.size(); ++index) {
        REQUIRE(is_printable(answers.words[index]));
        REQUIRE(beginnings(answers.words[index], heading) == beginnings(harmless.words[index], heading));
    }
    REQUIRE(answers.objects.size() == harmless.objects.size());
    for (std::size_t index = 0; index < harmless.objects.size(); ++index) {
        REQUIRE(is_printable(answers.objects[index]));
        REQUIRE(line_count(answers.objects[index]) == line_count(harmless.objects[index]));
        REQUIRE(without_foreign_words(nlohmann::json::parse(answers.objects[index])) ==
                without_foreign_words(nlohmann::json::parse(harmless.objects[index])));
    }
}

} // namespace

TEST_CASE("no known killer changes the structure of iptables, of Markdown or of any answer") {
    const auto harmless = answers_of(tests::harmless_strings());
    for (const auto& killer : tests::known_killers()) {
        CAPTURE(killer);
        check_same(answers_of(tests::in_every_place(killer)), harmless);
    }
}

TEST_CASE("no random bytes change the structure of iptables, of Markdown or of any answer") {
    const auto harmless = answers_of(tests::harmless_strings());
    std::mt19937_64 random(7);
    // Each time some dozen outputs are made, of strings in every place.
    for (std::size_t used = 0; used < tests::string_count(); used += tests::places) {
        CAPTURE(used);
        check_same(answers_of(tests::random_in_every_place(random)), harmless);
    }
}
