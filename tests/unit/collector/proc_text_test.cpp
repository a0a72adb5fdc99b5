// Is what /proc says of a process read as the kernel meant it, whatever the process calls itself?
#include <doctest/doctest.h>
#include <proc_text.hpp>

#include <string>

using namespace fwlearn::collector::process;

namespace {

const std::string numbers =
    " S 7 52 52 0 -1 4194560 3 0 0 0 1 2 0 0 20 0 1 0 4711 8192 5 18446744073709551615 1 1 0 0 0 0 0\n";

std::string stat_of(const std::string& comm) {
    return "52 (" + comm + ")" + numbers;
}

} // namespace

TEST_CASE("a process is read from its stat, whatever its name is") {
    for (const std::string comm :
         {"cron", "", "a b", "x) S 1 1", ") R 1 ", "(", ")", "((", "sd-pam", "two\nlines", "\xff\x01"}) {
        CAPTURE(comm);
        CHECK(stat_in(stat_of(comm)) == ProcStat{comm, 7, 4711});
    }
}

TEST_CASE("a stat that is cut, or none, is nothing") {
    const auto whole = stat_of("cron");
    for (std::size_t size = 0; size < whole.find("4711"); ++size) {
        CHECK_FALSE(stat_in(whole.substr(0, size)));
    }
    CHECK_FALSE(stat_in(") ("));
    CHECK_FALSE(stat_in("52 (cron) S -7" + numbers.substr(4)));
    CHECK_FALSE(stat_in("52 (cron) S 4294967296" + numbers.substr(4)));
}

TEST_CASE("the effective id is the second of its line") {
    const std::string status = "Name:\tUid:\\n\nUmask:\t0022\nUid:\t1000\t33\t0\t1\nGid:\t5\t6\t7\t8\n";
    CHECK(effective_id_in(status, "Uid") == 33U);
    CHECK(effective_id_in(status, "Gid") == 6U);
    CHECK_FALSE(effective_id_in(status, "Groups"));
    CHECK_FALSE(effective_id_in("Uid:\t1000\n", "Uid"));
    CHECK_FALSE(effective_id_in("Uid:\t1000\tx\n", "Uid"));
    CHECK_FALSE(effective_id_in("", "Uid"));
}

TEST_CASE("the cgroup is the one of the unified hierarchy") {
    CHECK(unified_cgroup_in("1:name=systemd:/a\n0::/system.slice/cron.service\n") ==
          "/system.slice/cron.service");
    CHECK(unified_cgroup_in("0::/") == "/");
    CHECK(unified_cgroup_in("1:name=0::/x:/0::/y\n").empty());
    CHECK(unified_cgroup_in("").empty());
}
