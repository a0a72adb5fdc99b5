#include "wait_for_file.hpp"

#include "failure.hpp"
#include "fd.hpp"

#include <poll.h>
#include <sys/inotify.h>

#include <array>

namespace fwlearn::kernel_test {
namespace {

void wait_until(const std::filesystem::path& file, bool is_there, const char* in_vain) {
    constexpr int patience = 10000;
    const Fd changes(must(inotify_init1(IN_CLOEXEC), "inotify_init1"));
    must(inotify_add_watch(changes.get(), file.parent_path().c_str(),
                           IN_MOVED_TO | IN_CREATE | IN_MOVED_FROM | IN_DELETE),
         "inotify_add_watch");
    while (std::filesystem::exists(file) != is_there) {
        pollfd changed{changes.get(), POLLIN, 0};
        if (poll(&changed, 1, patience) != 1) {
            throw std::runtime_error(in_vain + file.string());
        }
        std::array<char, 4096> ignored{};
        must(static_cast<int>(read(changes.get(), ignored.data(), ignored.size())), "read");
    }
}

} // namespace

void wait_for_file(const std::filesystem::path& file) {
    wait_until(file, true, "there never is ");
}

void wait_for_no_file(const std::filesystem::path& file) {
    wait_until(file, false, "there always is ");
}

} // namespace fwlearn::kernel_test
