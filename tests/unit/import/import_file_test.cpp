#include <import/import_file.hpp>
#include <import/line_source.hpp>
#include <model/errors.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace fwlearn;
using namespace fwlearn::import;

namespace {

const std::filesystem::path data = FWLEARN_TEST_DATA;

/// A file that is gone with the test.
class Scratch {
  public:
    Scratch(const std::string& name, std::string_view content)
        : folder_(std::filesystem::temp_directory_path() / ("fwlearn-import-" + std::to_string(::getpid()))),
          path_(folder_ / name) {
        std::filesystem::create_directories(folder_);
        std::ofstream(path_, std::ios::binary) << content;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    Scratch(Scratch&&) = delete;
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch() { std::filesystem::remove_all(folder_); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path folder_;
    std::filesystem::path path_;
};

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Seen {
    std::string text;
    std::uint64_t number = 0;
    bool too_long = false;
    bool operator==(const Seen&) const = default;
};

std::vector<Seen> all_of(LineSource& lines) {
    std::vector<Seen> all;
    while (const auto line = lines.next()) {
        all.push_back({std::string(line->text), line->number, line->too_long});
    }
    return all;
}

const Locals here({*model::Prefix::parse("192.0.2.10")});

} // namespace

TEST_CASE("lines end with LF or CRLF, and the last needs no end, in memory and in a file alike") {
    const std::string longest(LineSource::longest_line, 'a');
    const std::string text = "one\r\n\ntwo\n" + longest + "\n" + longest + "b\nlast";
    const std::vector<Seen> expected{{"one", 1, false},   {"", 2, false}, {"two", 3, false},
                                     {longest, 4, false}, {"", 5, true},  {"last", 6, false}};
    MemoryLines memory(text);
    CHECK(all_of(memory) == expected);
    const Scratch file("lines", text);
    FileLines lines(file.path());
    CHECK(all_of(lines) == expected);
    const Scratch empty("empty", "");
    FileLines nothing(empty.path());
    CHECK(all_of(nothing).empty());
    // SHA-256 of the empty string, FIPS 180-4.
    CHECK(nothing.sha256() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a compressed log is the log") {
    const auto plain = import_file(data / "conn.log", Format::zeek, here);
    CHECK(plain.observation.host == model::ForeignText("conn.log"));
    CHECK(plain.lines == 6);
    CHECK(plain.skipped == 1);
    CHECK(plain.bad == 0);
    CHECK(plain.batch.flows.size() == 4);
    CHECK(plain.sha256 == "9fc4e6c795501bd15daa940e93fb755b438b9fecb9b9c93b71003531784d87cc");
    for (const auto* suffix : {".gz", ".xz", ".zst", ".bz2"}) {
        CAPTURE(suffix);
        const auto packed = import_file(data / (std::string("conn.log") + suffix), Format::zeek, here);
        CHECK(packed.batch.flows == plain.batch.flows);
        CHECK(packed.sha256 == plain.sha256);
        CHECK(packed.observation.host == model::ForeignText(std::string("conn.log") + suffix));
    }
}

TEST_CASE("a JSON log of both kinds gives flows and names") {
    const auto mixed = import_file(data / "mixed.json", Format::zeek, here);
    CHECK(mixed.lines == 4);
    CHECK(mixed.bad == 0);
    CHECK(mixed.batch.flows.size() == 2);
    REQUIRE(mixed.batch.names.size() == 2);
    CHECK(mixed.batch.names[0].name == model::ForeignText("mirror.example.org"));
}

TEST_CASE("several files are several observations, each with its own sum") {
    const auto first = import_file(data / "conn.log", Format::zeek, here);
    const auto second = import_file(data / "mixed.json", Format::zeek, here);
    CHECK(first.observation.host != second.observation.host);
    CHECK(first.sha256 != second.sha256);
}

TEST_CASE("a file that cannot be read is a system error of one printable line") {
    CHECK_THROWS_WITH_AS((void)import_file("/nonexistent/a\nb", Format::zeek, here),
                         "cannot open /nonexistent/a\\x0Ab: No such file or directory", model::SystemError);
    CHECK_THROWS_WITH_AS((void)import_file("/", Format::zeek, here), "cannot read /: Is a directory",
                         model::SystemError);
    CHECK_THROWS_WITH_AS(
        (void)import_file(data / "nothing", Format::jsonl, here),
        ("cannot open " + (data / "nothing").string() + ": No such file or directory").c_str(),
        model::SystemError);
}

TEST_CASE("a broken compressed stream is a system error, not half a record") {
    for (const auto* suffix : {".gz", ".xz", ".zst", ".bz2"}) {
        CAPTURE(suffix);
        auto bytes = content_of(data / (std::string("conn.log") + suffix));
        const Scratch cut("cut", bytes.substr(0, bytes.size() / 2));
        CHECK_THROWS_AS((void)import_file(cut.path(), Format::zeek, here), model::SystemError);
    }
}

TEST_CASE("text that looks like another archive stays text") {
    const Scratch uuencoded("uu", "begin 644 passwd\n#0V%T\n`\nend\n");
    FileLines lines(uuencoded.path());
    CHECK(all_of(lines).front() == Seen{"begin 644 passwd", 1, false});
}

TEST_CASE("formats are named as --format takes them") {
    CHECK(parse_format("zeek") == Format::zeek);
    CHECK(parse_format("jsonl") == Format::jsonl);
    CHECK_FALSE(parse_format("Zeek").has_value());
    CHECK_FALSE(parse_format("").has_value());
}
