// Can a unit's name or a cgroup's change what a drop-in says, or where it is written?
#include "hostile_record.hpp"

#include <analyzer/render/systemd.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace fwlearn;

namespace {

model::Whitelist with(const std::string& unit, const std::string& cgroup) {
    model::Whitelist whitelist;
    whitelist.rules.resize(1);
    whitelist.rules[0].selectors = {
        {model::SelectorKind::unit, 0, model::ForeignText(unit), model::ForeignText(cgroup), {}}};
    return whitelist;
}

/// Of the bytes of systemd.unit(5), and of a type that can send.
bool is_plain(const std::string& unit) {
    return unit.size() <= 255 && unit.ends_with(".service") && unit != ".service" &&
           unit.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@") ==
               std::string::npos;
}

std::size_t settings_in(const std::string& text) {
    std::istringstream lines(text);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) {
        count += !line.empty() && line.front() != '#' && line.front() != '[' ? 1 : 0;
    }
    return count;
}

} // namespace

TEST_CASE("a unit's name is a drop-in's folder as it is, or there is no drop-in") {
    auto texts = tests::known_killers();
    std::mt19937_64 random(5);
    for (std::size_t index = 0; index < tests::string_count(); ++index) {
        texts.push_back(tests::random_bytes(random));
    }
    texts.insert(texts.end(), {"../../../etc/cron.d/x", "..", "a/b", "-", "\\", "a\\", "\\x", "@", "a@"});
    std::size_t drop_ins_made = 0;
    for (const auto& text : texts) {
        for (const unsigned version : {0U, 252U, 257U}) {
            const auto unit = text + ".service";
            const auto named = analyzer::systemd_drop_ins(with(unit, "system.slice/x.service"), version);
            REQUIRE(named.files.size() == (is_plain(unit) ? 1 : 0));
            REQUIRE(named.files.size() + named.not_expressed.size() == 1);
            for (const auto& file : named.files) {
                REQUIRE(file.folder == unit + ".d");
                REQUIRE(settings_in(file.content) == 1);
                ++drop_ins_made;
            }
            const auto in_cgroup =
                analyzer::systemd_drop_ins(with("x.service", "system.slice/" + unit), version);
            REQUIRE(in_cgroup.files.size() + in_cgroup.not_expressed.size() == 1);
            for (const auto& file : in_cgroup.files) {
                REQUIRE(settings_in(file.content) == 1);
            }
            const auto printed = analyzer::render_systemd(with(unit, "system.slice/" + unit), version);
            REQUIRE(settings_in(printed.text) + printed.not_expressed.size() == 1);
            REQUIRE(std::all_of(printed.text.begin(), printed.text.end(),
                                [](char byte) { return byte == '\n' || (byte >= 0x20 && byte < 0x7f); }));
        }
    }
    CHECK(drop_ins_made > 30);
}

TEST_CASE("systemd itself finds no fault in a drop-in, whatever a unit may be called") {
    auto pattern = (std::filesystem::temp_directory_path() / "fwlearn-units-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    const std::filesystem::path root(pattern);
    for (const std::string unit : {"plain.service", "a@x\\x2dy.service", "a@b\\\\x22c.service",
                                   "a_b_c.d-e.service", "x\\n.service", "..service", "a@%d.service"}) {
        const auto drop_ins =
            analyzer::systemd_drop_ins(with(unit, "system.slice/system-a.slice/" + unit), 252);
        if (unit.find('%') != std::string::npos) {
            CHECK(drop_ins.files.empty());
            continue;
        }
        CAPTURE(unit);
        REQUIRE(drop_ins.files.size() == 1);
        const auto& file = drop_ins.files.front();
        std::ofstream(root / unit) << "[Service]\nExecStart=/bin/true\n";
        std::filesystem::create_directory(root / file.folder);
        std::ofstream(root / file.folder / analyzer::drop_in_name) << file.content;
        const auto said = (root / "said").string();
        const auto command = "SYSTEMD_UNIT_PATH='" + root.string() + ":' systemd-analyze verify --man=no '" +
                             (root / unit).string() + "' >'" + said + "' 2>&1";
        CHECK(std::system(command.c_str()) == 0); // NOLINT: names of this test's own
        std::ifstream in(said);
        CHECK(std::string(std::istreambuf_iterator<char>(in), {}).empty()); // no warning either
    }
    std::filesystem::remove_all(root);
}
