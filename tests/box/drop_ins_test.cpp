// Does systemd itself find any fault in the drop-ins of any whitelist of the corpus? In each of their three
// forms, by a systemd that knows it: Debian 12's, and for NFTSet= Debian 13's.
#include <analyzer/render/systemd.hpp>

#include <corpus.hpp>
#include <doctest/doctest.h>
#include <ground/process.hpp>
#include <ground/temporary.hpp>

#include <filesystem>
#include <fstream>
#include <map>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

namespace fs = std::filesystem;

/// "cron.service.d": what is in its drop-in.
using DropIns = std::map<std::string, std::string>;

/// All 500 random whitelists too: what is written for them costs nothing.
DropIns corpus_for(unsigned systemd_version) {
    auto cases = tests::hand_made_cases();
    for (unsigned seed = 0; seed < 500; ++seed) {
        cases.push_back(tests::random_case(seed));
    }
    DropIns all;
    for (const auto& one : cases) {
        for (const auto& file : analyzer::systemd_drop_ins(one.whitelist, systemd_version).files) {
            const auto [found, first] = all.emplace(file.folder, file.content);
            REQUIRE(found->second == file.content); // the same unit is in the same cgroup throughout
        }
    }
    return all;
}

/// The least that a unit of this type has to say for itself.
std::string unit_file(const std::string& unit) {
    if (unit.ends_with(".service")) {
        return "[Service]\nExecStart=/bin/true\n";
    }
    if (unit.ends_with(".socket")) {
        return "[Socket]\nListenStream=/run/fwlearn-test\n";
    }
    if (unit.ends_with(".mount")) {
        return "[Mount]\nWhat=tmpfs\nType=tmpfs\nWhere=/srv/data\n";
    }
    return unit.ends_with(".swap") ? "[Swap]\nWhat=/dev/disk/by-label/x\n" : "[Slice]\n";
}

/// An instance is a link to its template, as an enabled one is: a file of its own systemd 257 does not take.
void write_unit(const fs::path& folder, const std::string& unit) {
    const auto at = unit.find('@');
    const auto file = at == std::string::npos ? unit : unit.substr(0, at + 1) + unit.substr(unit.rfind('.'));
    std::ofstream(folder / file) << unit_file(file);
    if (file != unit) {
        fs::create_symlink(file, folder / unit);
    }
}

/// What systemd-analyze says in the image about the units with their drop-ins, and its exit status.
Result verify(const fs::path& image, const DropIns& drop_ins) {
    const TemporaryDirectory work;
    const auto units = work.path() / "units";
    fs::create_directory(units);
    std::vector<std::string> command{FWLEARN_BOX_INSIDE,
                                     image.string(),
                                     work.path().string(),
                                     "/usr/bin/env",
                                     "SYSTEMD_UNIT_PATH=/exchange/units:",
                                     "systemd-analyze",
                                     "verify",
                                     "--man=no"};
    std::string wanted = "[Unit]\n";
    for (const auto& [folder, content] : drop_ins) {
        const auto unit = folder.substr(0, folder.size() - 2);
        write_unit(units, unit);
        if (unit.ends_with(".socket")) { // it starts a service of its name
            write_unit(units, unit.substr(0, unit.rfind('.')) + ".service");
        }
        fs::create_directory(units / folder);
        std::ofstream(units / folder / analyzer::drop_in_name) << content;
        if (unit.find(':') == std::string::npos) {
            command.push_back("/exchange/units/" + unit);
        } else { // which systemd-analyze takes for FILE:ALIAS
            wanted += "Wants=" + unit + "\n";
        }
    }
    std::ofstream(units / "corpus.target") << wanted;
    command.emplace_back("/exchange/units/corpus.target");
    return run(command);
}

struct Form {
    const char* setting;
    unsigned version;
    const char* image;
    std::size_t units; ///< of the corpus, at least
};

const std::vector<Form> forms{{"ExecStartPre=-+/usr/sbin/nft", 240, FWLEARN_BOX_IMAGE, 5},
                              {"ExecCondition=-+/usr/sbin/nft", 252, FWLEARN_BOX_IMAGE, 5},
                              {"NFTSet=cgroup:inet:fwlearn:", 257, FWLEARN_BOX_IMAGE_TRIXIE, 10}};

} // namespace

TEST_CASE("systemd finds no fault in any drop-in of the corpus, in any of the three forms") {
    for (const auto& form : forms) {
        CAPTURE(form.setting);
        const auto drop_ins = corpus_for(form.version);
        CHECK(drop_ins.size() >= form.units);
        for (const auto& [folder, content] : drop_ins) {
            CHECK(content.find(std::string("\n") + form.setting) != std::string::npos);
        }
        const auto said = verify(form.image, drop_ins);
        CHECK(said.status == 0);
        CHECK(said.err == "");
        CHECK(said.out == "");
    }
}

TEST_CASE("a setting that systemd does not take is told") {
    for (const auto& form : forms) {
        CAPTURE(form.setting);
        auto drop_ins = corpus_for(form.version);
        auto& content = drop_ins.at("cron.service.d");
        const auto setting = content.find(form.setting);
        REQUIRE(setting != std::string::npos);
        content.replace(setting, std::string(form.setting).size(), "NoSetting=x");
        const auto said = verify(form.image, drop_ins);
        CHECK((said.out + said.err).find("NoSetting") != std::string::npos);
    }
}
