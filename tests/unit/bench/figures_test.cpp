// What the benchmarks write down, and how they are called.
#include "command_line.hpp"
#include "figures.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

using namespace fwlearn::bench;

namespace {

/// A results file of the test's own, which Figures is told of.
class ResultsFile {
  public:
    ResultsFile() {
        std::string pattern = (std::filesystem::temp_directory_path() / "fwlearn-figures-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        directory_ = pattern;
        setenv("FWLEARN_BENCH_RESULTS", path().c_str(), 1);
    }
    ~ResultsFile() {
        unsetenv("FWLEARN_BENCH_RESULTS");
        std::filesystem::remove_all(directory_);
    }
    ResultsFile(const ResultsFile&) = delete;
    ResultsFile& operator=(const ResultsFile&) = delete;

    [[nodiscard]] std::filesystem::path path() const { return directory_ / "results.json"; }
    [[nodiscard]] nlohmann::json content() const {
        std::ifstream file(path());
        return nlohmann::json::parse(file);
    }

  private:
    std::filesystem::path directory_;
};

struct Called {
    int status = 0;
    unsigned times = 0;
    std::vector<std::filesystem::path> paths;
    std::uint64_t number = 0;
};

Called called(std::vector<std::string> words) {
    words.insert(words.begin(), "bench_made_up");
    std::vector<char*> arguments;
    for (auto& word : words) {
        arguments.push_back(word.data());
    }
    Called result;
    result.status = run({"bench_made_up", {"FWLEARN"}, "ROUNDS", 9}, static_cast<int>(arguments.size()),
                        arguments.data(), [&result](const auto& paths, std::uint64_t number) {
                            ++result.times;
                            result.paths = paths;
                            result.number = number;
                        });
    return result;
}

} // namespace

TEST_CASE("a figure is written with its median, its spread and how many runs it had") {
    const ResultsFile file;
    Figures figures("made up");
    CHECK(figures.add("a time", {5, 1, 2, 4, 3}, "s") == 3);
    figures.write();
    const auto figure = file.content()["made up"]["figures"].at(0);
    CHECK(figure["name"] == "a time");
    CHECK(figure["unit"] == "s");
    CHECK(figure["value"] == 3);
    CHECK(figure["low"] == 1);
    CHECK(figure["high"] == 5);
    CHECK(figure["quartiles"] == nlohmann::json{2, 4});
    CHECK(figure["runs"] == 5);
}

TEST_CASE("the file says of each benchmark when it was run, and on what machine") {
    const ResultsFile file;
    Figures("made up").write();
    const auto content = file.content()["made up"];
    CHECK(content["when"].get<std::string>().size() == std::string("2026-01-31T12:00:00Z").size());
    CHECK(content["machine"]["processors"] == sysconf(_SC_NPROCESSORS_ONLN));
    CHECK(content["machine"]["memory_gib"] > 0);
    for (const char* const key : {"processor", "kernel", "debian"}) {
        CHECK(!content["machine"][key].get<std::string>().empty());
    }
}

TEST_CASE("a benchmark takes the place of its own figures of before, and leaves the others'") {
    const ResultsFile file;
    for (const double value : {1.0, 2.0}) {
        for (const char* const benchmark : {"one", "other"}) {
            if (value < 2 || std::string(benchmark) == "one") {
                Figures figures(benchmark);
                figures.add("figure", {value}, "s");
                figures.write();
            }
        }
    }
    const auto content = file.content();
    CHECK(content["one"]["figures"].size() == 1);
    CHECK(content["one"]["figures"].at(0)["value"] == 2);
    CHECK(content["other"]["figures"].at(0)["value"] == 1);
}

TEST_CASE("a benchmark is called with its paths and, where it is said, a number") {
    const auto without = called({"build/fwlearn"});
    CHECK(without.status == 0);
    CHECK(without.number == 9);
    CHECK(without.paths.at(0) == std::filesystem::absolute("build/fwlearn"));
    CHECK(called({"fwlearn", "3"}).number == 3);
}

TEST_CASE("what is no number, too little or too much is refused and measures nothing") {
    for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                   {"fwlearn", "0"},
                                                                   {"fwlearn", "3x"},
                                                                   {"fwlearn", "-1"},
                                                                   {"fwlearn", ""},
                                                                   {"fwlearn", "3", "4"}}) {
        const auto refused = called(words);
        CHECK(refused.status == 2);
        CHECK(refused.times == 0);
    }
}

TEST_CASE("a benchmark that fails ends with 1") {
    std::string name = "bench_made_up";
    char* argument = name.data();
    CHECK(run({name, {}, "ROUNDS", 1}, 1, &argument,
              [](const auto&, std::uint64_t) { throw std::runtime_error("made up"); }) == 1);
}
