#include "hostile_record.hpp"

#include <analyzer/render/flow_json.hpp>
#include <analyzer/render/flow_table.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/render/table.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace fwlearn;

namespace {

std::size_t line_count(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool is_printable(const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char byte) { return byte == '\n' || (byte >= 0x20 && byte < 0x7f); });
}

/// An nft file as the kernel gets it: without its comments. Checks what the comments hold on the way; tabs,
/// which only the layout has, become blanks.
std::string without_comments(const std::string& file) {
    constexpr std::string_view opening = " comment \"";
    std::string result;
    std::istringstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        std::replace(line.begin(), line.end(), '\t', ' ');
        if (line.empty() || line[line.find_first_not_of(' ')] == '#') {
            continue;
        }
        const auto begin = line.find(opening);
        if (begin != std::string::npos) {
            const auto end = line.find('"', begin + opening.size());
            REQUIRE(end == line.size() - 1); // the comment is the last thing on its line
            const auto comment = line.substr(begin + opening.size(), end - begin - opening.size());
            CHECK(comment.size() <= 127);
            CHECK(comment.find_first_not_of(
                      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@:+-% ") ==
                  std::string::npos);
            line.erase(begin);
        }
        result += line + '\n';
    }
    return result;
}

std::string printable_layout(std::string text) {
    std::replace(text.begin(), text.end(), '\t', ' ');
    return text;
}

/// Types and keys, and every value that is no string.
nlohmann::json shape(const nlohmann::json& document) {
    if (document.is_string()) {
        return "text";
    }
    nlohmann::json result = document;
    if (document.is_structured()) {
        for (auto& element : result.items()) {
            element.value() = shape(element.value());
        }
    }
    return result;
}

struct Outputs {
    std::string nft;
    std::string json;
    std::string table;
    std::string colored;
    std::string flow_table;
    std::vector<std::string> flows;
};

Outputs outputs_of(std::span<const std::string> strings) {
    const auto record = tests::record_with(strings);
    const auto whitelist = analyzer::suggest(record);
    Outputs outputs{analyzer::render_nft(whitelist),
                    analyzer::render_json(whitelist),
                    analyzer::render_table(whitelist, {100, false}),
                    analyzer::render_table(whitelist, {100, true}),
                    analyzer::render_flow_table(record.flows, record.identities, record.names, {100, false}),
                    {}};
    for (const auto& flow : record.flows) {
        outputs.flows.push_back(analyzer::flow_to_json(flow, record.identities, record.names));
    }
    return outputs;
}

/// Whether the two differ in nothing but the foreign strings themselves.
void check_same_but_for_words(const Outputs& outputs, const Outputs& harmless) {
    REQUIRE(without_comments(outputs.nft) == without_comments(harmless.nft));
    REQUIRE(line_count(outputs.nft) == line_count(harmless.nft));
    REQUIRE(is_printable(printable_layout(outputs.nft)));

    REQUIRE(is_printable(outputs.json));
    REQUIRE(shape(nlohmann::json::parse(outputs.json)) == shape(nlohmann::json::parse(harmless.json)));

    REQUIRE(is_printable(outputs.table));
    REQUIRE(line_count(outputs.table) == line_count(harmless.table));
    REQUIRE(line_count(outputs.colored) == line_count(harmless.colored));
    REQUIRE(std::count(outputs.colored.begin(), outputs.colored.end(), '\x1b') ==
            std::count(harmless.colored.begin(), harmless.colored.end(), '\x1b'));

    REQUIRE(is_printable(outputs.flow_table));
    REQUIRE(line_count(outputs.flow_table) == line_count(harmless.flow_table));
    for (std::size_t index = 0; index < outputs.flows.size(); ++index) {
        REQUIRE(is_printable(outputs.flows[index]));
        REQUIRE(line_count(outputs.flows[index]) == 0);
        REQUIRE(shape(nlohmann::json::parse(outputs.flows[index])) ==
                shape(nlohmann::json::parse(harmless.flows[index])));
    }
}

/// Sixty different strings, so that no place shares its own with another.
Outputs harmless_outputs() {
    std::vector<std::string> words;
    for (int index = 0; index < 60; ++index) {
        words.push_back("word" + std::to_string(index));
    }
    return outputs_of(words);
}

std::size_t string_count() {
    return std::getenv("FWLEARN_FULL") != nullptr ? 100'000 : 10'000;
}

/// Makes a string differ from all others that the test uses: two equal ones may share a line, and rightly so.
std::string distinct(const std::string& text, std::size_t number) {
    return text + std::to_string(number);
}

} // namespace

TEST_CASE("no known killer changes the structure of any output") {
    const auto harmless = harmless_outputs();
    const auto killers = tests::known_killers();
    for (const auto& killer : killers) {
        CAPTURE(killer);
        std::vector<std::string> strings;
        for (std::size_t place = 0; place < 60; ++place) {
            strings.push_back(distinct(killer, place));
        }
        check_same_but_for_words(outputs_of(strings), harmless);
    }
}

TEST_CASE("no random bytes change the structure of any output") {
    const auto harmless = harmless_outputs();
    std::mt19937_64 random(1);
    for (std::size_t used = 0; used < string_count(); used += 60) {
        CAPTURE(used);
        std::vector<std::string> strings;
        for (std::size_t place = 0; place < 60; ++place) {
            strings.push_back(distinct(tests::random_bytes(random), place));
        }
        check_same_but_for_words(outputs_of(strings), harmless);
    }
}

TEST_CASE("nft accepts the file whatever the strings are, and makes the same rules of it") {
    auto pattern = (std::filesystem::temp_directory_path() / "fwlearn-hostile-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    const std::filesystem::path directory = pattern;
    const auto write = [&directory](const std::string& name, const Outputs& outputs) {
        std::ofstream(directory / name, std::ios::binary) << outputs.nft;
    };
    write("harmless", harmless_outputs());
    std::size_t files = 0;
    for (const auto& killer : tests::known_killers()) {
        write("hostile" + std::to_string(files++), outputs_of(std::vector<std::string>{killer}));
    }
    std::mt19937_64 random(2);
    for (int index = 0; index < 100; ++index) {
        std::vector<std::string> strings(60);
        std::generate(strings.begin(), strings.end(), [&random] { return tests::random_bytes(random); });
        write("hostile" + std::to_string(files++), outputs_of(strings));
    }
    std::ofstream(directory / "script.sh") << "set -eu\ncd '" << directory.string() << R"('
rules() { nft -f "$1"; nft -s list ruleset | sed 's/ comment ".*"//'; nft flush ruleset; }
rules harmless >expected
test -s expected
for file in hostile*; do
    rules "$file" >found
    cmp expected found || { echo "$file differs"; exit 1; }
done
)";
    const auto command = std::string(geteuid() == 0 ? "unshare -n" : "unshare -rn") + " sh '" +
                         (directory / "script.sh").string() + "' >'" + (directory / "log").string() +
                         "' 2>&1";
    const int status = std::system(command.c_str()); // NOLINT: a command of this test's own
    std::ostringstream log;
    log << std::ifstream(directory / "log").rdbuf();
    std::filesystem::remove_all(directory);
    CAPTURE(log.str());
    CHECK(status == 0);
}
