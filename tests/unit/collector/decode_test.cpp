// Is what the BPF programs file read as it was meant?
#include <collector/process/cgroup_root.hpp>

#include <decode.hpp>
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

using namespace fwlearn;
using namespace fwlearn::collector::process;

namespace {

std::span<const char> bytes(const std::string& text) {
    return text;
}

} // namespace

TEST_CASE("a path is walked from its last component to the first") {
    using namespace std::string_literals;
    CHECK(path_of(bytes("cron\0sbin\0usr\0"s), false).raw_bytes() == "/usr/sbin/cron");
    CHECK(path_of(bytes("x\ny\0"s), false).raw_bytes() == "/x\ny");
    CHECK(path_of(bytes("b\0a"s), true).raw_bytes() == ".../a/b");
    CHECK(path_of({}, false).raw_bytes() == "/");
    CHECK(arguments_of(bytes("sh\0-c\0\0x"s)).size() == 4);
    CHECK(arguments_of({}).empty());
}

TEST_CASE("an image tells its file, and lengths that are too long are cut") {
    fwlearn_image image{};
    std::memcpy(image.exe, "app\0srv\0", 8);
    image.exe_length = 8;
    std::memcpy(image.argv, "app\0-x\0", 7);
    image.argv_length = 7;
    image.device = 8U << 20U | 1;
    image.inode = 42;
    image.flags = FWLEARN_EXE_DELETED;
    auto program = decode(image);
    CHECK(program.exe.raw_bytes() == "/srv/app");
    CHECK(program.arguments.size() == 2);
    CHECK(program.deleted);
    CHECK_FALSE(program.in_memory);
    CHECK(program.device == 0x801); // as stat -c %d has it for 8:1
    image.flags = FWLEARN_EXE_PSEUDO | FWLEARN_EXE_DELETED;
    std::memcpy(image.exe, "memfd:x\0", 8);
    program = decode(image);
    CHECK(program.exe.raw_bytes() == "memfd:x");
    CHECK(program.in_memory);
    CHECK_FALSE(program.deleted);
    image.flags = FWLEARN_NO_EXE;
    CHECK(decode(image).exe.empty());
    image.flags = 0;
    image.exe_length = image.argv_length = 0xffffffff;
    CHECK(decode(image).exe.raw_bytes().size() <= FWLEARN_EXE_SIZE + 1);
}

TEST_CASE("the cgroup2 hierarchy is found wherever it is mounted") {
    const auto file =
        std::filesystem::temp_directory_path() / ("fwlearn-mountinfo-" + std::to_string(getpid()));
    const auto root_of = [&](const char* text) {
        std::ofstream(file) << text;
        return cgroup2_root(file).string();
    };
    CHECK(root_of("30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n") ==
          "/sys/fs/cgroup");
    CHECK(
        root_of("31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n32 31 0:29 / /sys/fs/cgroup/cpu rw - "
                "cgroup cgroup "
                "rw,cpu\n41 31 0:38 / /sys/fs/cgroup/unified rw shared:1 master:2 - cgroup2 cgroup2 rw\n") ==
        "/sys/fs/cgroup/unified");
    CHECK(root_of("1 2 3:4 / /a\\040b rw - cgroup2 none rw\n") == "/a b");
    CHECK_THROWS(root_of("1 2 3:4 / /cgroup2 rw - tmpfs cgroup2 rw\n\n \n"));
    std::filesystem::remove(file);
}
