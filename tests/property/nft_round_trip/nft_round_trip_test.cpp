// Whitelists of random records, loaded, listed, loaded and listed again by nft: the two listings are the
// same. Runs nft in a network namespace that ends with it; without the privilege for one it says so and exits
// with 77.
#define DOCTEST_CONFIG_IMPLEMENT
#include "random_record.hpp"

#include <analyzer/render/nft.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

using namespace fwlearn;

namespace {

const char* const in_namespace = geteuid() == 0 ? "unshare -n " : "unshare -rn ";

/// A directory that goes with the test.
class Directory {
  public:
    Directory() {
        auto pattern = (std::filesystem::temp_directory_path() / "fwlearn-nft-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// Runs a shell script in a new network namespace; gives back its exit status and what it said.
std::pair<int, std::string> run_in_namespace(const Directory& directory, const std::string& script) {
    std::ofstream(directory.path() / "script.sh") << script;
    const auto path = directory.path().string();
    const int status = std::system(
        (in_namespace + ("sh '" + path + "/script.sh' >'" + path + "/log' 2>&1")).c_str()); // NOLINT
    std::ostringstream log;
    log << std::ifstream(path + "/log").rdbuf();
    return {status, log.str()};
}

} // namespace

TEST_CASE("generate, load, list, load, list: the listings are identical") {
    const std::size_t count = tests::record_count() / 50;
    const Directory directory;
    for (std::size_t seed = 0; seed < count; ++seed) {
        tests::RandomRecord world(seed);
        std::ofstream(directory.path() / (std::to_string(seed) + ".nft"))
            << analyzer::render_nft(analyzer::suggest(world.record(40)));
    }
    const auto [status, log] = run_in_namespace(directory, "set -eu\ncd '" + directory.path().string() + R"('
for file in *.nft; do
    nft -f "$file" || { echo "$file does not load"; exit 1; }
    nft -s list ruleset >first
    test -s first
    nft flush ruleset
    nft -f first || { echo "the listing of $file does not load"; exit 1; }
    nft -s list ruleset >second
    cmp first second || { echo "$file changes"; exit 1; }
    nft flush ruleset
done
)");
    CAPTURE(log);
    CHECK(status == 0);
}

TEST_CASE("a whitelist of 100,000 addresses loads") {
    model::Record record;
    constexpr std::uint32_t addresses = 100'000;
    for (std::uint32_t index = 0; index < addresses; ++index) {
        model::Flow flow;
        flow.key.owner = model::SocketOwner::user(index % 5, 0);
        // Every third address, so that none of them can be joined.
        flow.key.destination = {
            model::Service::port(model::protocol::tcp, static_cast<std::uint16_t>(index % 7)),
            model::Address::v4(0x0b000000U + 3 * index)};
        flow.counts.count = 1;
        flow.counts.first_seen = flow.counts.last_seen =
            model::Timestamp(std::chrono::seconds(1'790'000'000));
        flow.hours = {model::hour_of(flow.counts.first_seen)};
        record.flows.push_back(flow);
    }
    const auto whitelist = analyzer::suggest(record);
    std::uint64_t exposure = 0;
    for (const auto& rule : whitelist.rules) {
        exposure += rule.exposure;
    }
    CHECK(exposure == addresses);
    const Directory directory;
    std::ofstream(directory.path() / "large.nft") << analyzer::render_nft(whitelist);
    const auto [status, log] = run_in_namespace(directory, "set -eu\nnft -f '" + directory.path().string() +
                                                               "/large.nft'\nnft list tables\n");
    CAPTURE(log);
    CHECK(status == 0);
    CHECK(log == "table inet fwlearn\n");
}

int main(int argc, char** argv) {
    if (std::system((std::string(in_namespace) + "nft list tables >/dev/null 2>&1").c_str()) != 0) { // NOLINT
        std::cout << "SKIP: no privilege for a network namespace with nftables\n";
        return 77;
    }
    return doctest::Context(argc, argv).run();
}
