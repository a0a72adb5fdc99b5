// Which units nothing puts into their sets when they start again.
#include "unit_drop_ins.hpp"
#include "workplace.hpp"

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace fwlearn::tests;

namespace {

const firewall::UnitSet shop{"u_shop_service_1", "system.slice/shop.service"};
const firewall::UnitSet worker{"u_worker_1_service_2", "system.slice/system-worker.slice/worker@1.service"};

using Units = std::vector<std::string>;

class Host {
  public:
    void has(const std::string& file, const std::string& content) const {
        const auto path = std::filesystem::path(workplace_.path("host")) / file;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << content;
    }
    [[nodiscard]] Units without(const std::vector<firewall::UnitSet>& units) const {
        return cli::units_without_drop_in(units, workplace_.path("host"));
    }

  private:
    Workplace workplace_;
};

} // namespace

TEST_CASE("a host without drop-ins puts no unit into its set, and without units there is none to put") {
    const Host host;
    CHECK(host.without({}).empty());
    CHECK(host.without({worker, shop}) == Units{"shop.service", "worker@1.service"});
}

TEST_CASE(
    "a drop-in that names the set puts the unit in, wherever systemd reads it, and for this unit alone") {
    for (const auto* folder : {"etc/systemd/system", "run/systemd/system", "usr/lib/systemd/system"}) {
        const Host host;
        host.has(std::string(folder) + "/shop.service.d/50-fwlearn.conf",
                 "[Service]\nNFTSet=cgroup:inet:fwlearn:u_shop_service_1\n");
        CHECK(host.without({shop, worker}) == Units{"worker@1.service"});
        CHECK(host.without({{"u_other_3", "system.slice/other.service"}}) == Units{"other.service"});
    }
}

TEST_CASE("a unit's own file and a template's drop-in count, a comment and another set do not") {
    const Host host;
    host.has("etc/systemd/system/shop.service", "[Service]\n"
                                                "# NFTSet=cgroup:inet:fwlearn:u_shop_service_1\n"
                                                "NFTSet=cgroup:inet:fwlearn:u_shop_service_12\n");
    host.has("etc/systemd/system/shop.service.d/note.txt", "NFTSet=cgroup:inet:fwlearn:u_shop_service_1\n");
    CHECK(host.without({shop}) == Units{"shop.service"});
    host.has("etc/systemd/system/shop.service",
             "[Service]\nExecCondition=-+/usr/sbin/nft 'flush set inet fwlearn u_shop_service_1; add element "
             "inet fwlearn u_shop_service_1 { \"system.slice/shop.service\" }'\n");
    CHECK(host.without({shop}).empty());
    host.has("etc/systemd/system/worker@.service.d/set.conf",
             "[Service]\nNFTSet=cgroup:inet:fwlearn:u_worker_1_service_2\n");
    CHECK(host.without({worker}).empty());
}

TEST_CASE("of a unit with two cgroups each set has to be filled") {
    const Host host;
    const firewall::UnitSet moved{"u_shop_service_9", "shops.slice/shop.service"};
    host.has("etc/systemd/system/shop.service.d/50-fwlearn.conf",
             "[Service]\nNFTSet=cgroup:inet:fwlearn:u_shop_service_1\n");
    CHECK(host.without({shop, moved}) == Units{"shop.service"});
}
