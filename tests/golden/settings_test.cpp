// Is everything that a server's settings name found, where it is, and nothing else? Each folder of settings/
// has a small root of files, many of them as Debian's packages ship them, and what should be found there.
#include <collector/host/settings.hpp>
#include <model/vocabulary.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

using namespace fwlearn;
namespace fs = std::filesystem;

namespace {

/// kind, file:line, the name or address (of a static name both), the service where there is one.
std::string to_text(const std::vector<model::Configured>& entries) {
    std::ostringstream text;
    for (const auto& entry : entries) {
        text << model::to_word(entry.kind) << ' ' << model::for_terminal(entry.file) << ':' << entry.line;
        if (!entry.name.empty()) {
            text << ' ' << model::for_terminal(entry.name);
        }
        if (entry.address) {
            text << ' ' << entry.address->to_string();
        }
        if (entry.service.protocol.number != 0) {
            text << ' ' << entry.service.to_string();
        }
        text << '\n';
    }
    return text.str();
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("what settings name is found with file and line, and nothing else is") {
    std::vector<fs::path> cases;
    for (const auto& entry : fs::directory_iterator(fs::path(FWLEARN_GOLDEN) / "settings")) {
        cases.push_back(entry.path());
    }
    std::sort(cases.begin(), cases.end());
    REQUIRE(!cases.empty());
    for (const auto& folder : cases) {
        CAPTURE(folder.filename().string());
        REQUIRE(fs::exists(folder / "expected"));
        const auto expected = read_file(folder / "expected");
        const auto found = to_text(collector::host::read_settings(folder / "root"));
        INFO("expected:\n", expected, "found:\n", found);
        CHECK((found == expected));
    }
}
