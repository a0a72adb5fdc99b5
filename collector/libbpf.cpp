#include "libbpf.hpp"

#include <model/errors.hpp>

#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>

namespace fwlearn::collector::bpf {
namespace {

std::string& complaint() {
    static std::string line;
    return line;
}

int remember(libbpf_print_level level, const char* format, std::va_list arguments) {
    if (level != LIBBPF_WARN || !complaint().empty()) {
        return 0;
    }
    std::array<char, 512> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    std::string line(text.data());
    complaint() = line.substr(0, line.find('\n'));
    return 0;
}

} // namespace

void listen() {
    libbpf_set_print(remember);
    complaint().clear();
}

void fail(int error) {
    const std::string what = "cannot load the BPF programs that name processes: ";
    if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
        throw model::SystemError(what + "the kernel has no type information (BTF, CONFIG_DEBUG_INFO_BTF)");
    }
    if (error == EPERM) {
        throw model::SystemError(what +
                                 "not permitted (needs root, or CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN)");
    }
    throw model::SystemError(what + std::strerror(error) +
                             (complaint().empty() ? "" : " (" + complaint() + ")"));
}

std::uint64_t drawn_seed() {
    std::uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
        fail(errno);
    }
    return seed;
}

void Links::add(bpf_link* link) {
    if (link == nullptr) {
        fail(errno);
    }
    links_.emplace_back(link);
}

Descriptor::Descriptor(int fd) : fd_(fd) {
    if (fd < 0) {
        fail(errno);
    }
}

Descriptor::~Descriptor() {
    close(fd_);
}

Mapping::Mapping(int map, std::size_t size)
    : memory_(mmap(nullptr, size, PROT_READ, MAP_SHARED, map, 0)), size_(size) {
    if (memory_ == MAP_FAILED) { // NOLINT: C's own cast
        fail(errno);
    }
    madvise(memory_, size, MADV_DONTFORK); // no child has to know who sends
}

Mapping::~Mapping() {
    munmap(memory_, size_);
}

} // namespace fwlearn::collector::bpf
