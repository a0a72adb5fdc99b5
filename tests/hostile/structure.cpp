#include "structure.hpp"

#include "hostile_record.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace fwlearn::tests {
namespace {

std::string distinct(const std::string& text, std::size_t number) {
    return number % 2 == 0 ? text + "." + std::to_string(number) : std::to_string(number) + "." + text;
}

} // namespace

std::size_t line_count(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool is_printable(const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char byte) { return byte == '\n' || (byte >= 0x20 && byte < 0x7f); });
}

nlohmann::json without_foreign_words(const nlohmann::json& document, const std::string& key) {
    static const std::set<std::string> foreign{
        "exe",   "comm",    "cmdline", "unit", "cgroup", "user",    "name", "names",     "interface", "file",
        "title", "comment", "process", "task", "text",   "command", "when", "time_zone", "reasons"};
    static const std::set<std::string> sorted{"processes", "tasks",  "other_tasks",
                                              "breaks",    "broken", "answers"};
    if (document.is_string()) {
        return foreign.contains(key) ? nlohmann::json("foreign") : document;
    }
    nlohmann::json result = document;
    for (auto item = result.begin(); document.is_structured() && item != result.end(); ++item) {
        *item = without_foreign_words(*item, document.is_object() ? item.key() : key);
    }
    if (document.is_array() && sorted.contains(key)) {
        std::sort(result.begin(), result.end());
    }
    return result;
}

std::vector<std::string> beginnings(const std::string& table, std::size_t width) {
    std::vector<std::string> result;
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
        result.push_back(line.substr(0, width));
    }
    return result;
}

std::vector<std::string> harmless_strings() {
    std::vector<std::string> words;
    for (std::size_t place = 0; place < places; ++place) {
        words.push_back("word" + std::to_string(place));
    }
    return words;
}

std::vector<std::string> in_every_place(const std::string& killer) {
    std::vector<std::string> strings;
    for (std::size_t place = 0; place < places; ++place) {
        strings.push_back(distinct(killer, place));
    }
    return strings;
}

std::vector<std::string> random_in_every_place(std::mt19937_64& random) {
    std::vector<std::string> strings;
    for (std::size_t place = 0; place < places; ++place) {
        strings.push_back(distinct(random_bytes(random), place));
    }
    return strings;
}

} // namespace fwlearn::tests
