#include <collector/host/users.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

using namespace fwlearn;

TEST_CASE("users and groups are named from the files below the root") {
    const auto root = std::filesystem::temp_directory_path() / ("fwlearn-users-" + std::to_string(getpid()));
    std::filesystem::create_directories(root / "etc");
    std::ofstream(root / "etc/passwd") << "root:x:0:0:root:/root:/bin/sh\n"
                                          "broken line\n:\nx:y\n"
                                          "www-data:x:33:33::/var/www:/bin/false\n"
                                          "again:x:33:33::/:/bin/false\n";
    std::ofstream(root / "etc/group") << "www-data:x:33:\n";
    collector::host::Users users(root);
    model::Identities identities;
    users.name(model::SocketOwner::user(33, 33), identities);
    users.name(model::SocketOwner::user(4711, model::no_gid), identities);
    users.name(model::SocketOwner::kernel(), identities);
    std::filesystem::remove_all(root);
    CHECK(identities.user(33) == model::ForeignText("www-data"));
    CHECK(identities.group(33) == model::ForeignText("www-data"));
    CHECK(identities.user(4711).empty());
    CHECK(identities.users().size() == 2);
}
