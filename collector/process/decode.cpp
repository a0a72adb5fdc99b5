#include "decode.hpp"

#include <algorithm>
#include <string_view>

namespace fwlearn::collector::process {
namespace {

template <std::size_t size>
std::span<const char> filled(const char (&bytes)[size], std::uint32_t length) { // NOLINT: C's own layout
    return std::span<const char>(bytes).first(std::min<std::size_t>(length, size));
}

std::vector<std::string_view> split(std::span<const char> bytes) {
    std::vector<std::string_view> parts;
    std::string_view rest(bytes.data(), bytes.size());
    while (!rest.empty()) {
        const auto end = rest.find('\0');
        parts.push_back(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    return parts;
}

} // namespace

model::ForeignText path_of(std::span<const char> components, bool cut) {
    auto parts = split(components);
    std::reverse(parts.begin(), parts.end());
    std::string path = cut ? "..." : "";
    for (const auto part : parts) {
        path += '/';
        path += part;
    }
    return model::ForeignText(path.empty() ? "/" : path);
}

std::vector<model::ForeignText> arguments_of(std::span<const char> bytes) {
    std::vector<model::ForeignText> arguments;
    for (const auto part : split(bytes)) {
        arguments.emplace_back(part);
    }
    return arguments;
}

Program decode(const fwlearn_image& image) {
    Program program;
    const auto path = filled(image.exe, image.exe_length);
    const bool pseudo = (image.flags & FWLEARN_EXE_PSEUDO) != 0;
    if ((image.flags & FWLEARN_NO_EXE) == 0) {
        program.exe = pseudo && !path.empty() ? model::ForeignText(split(path).front())
                                              : path_of(path, (image.flags & FWLEARN_EXE_CUT) != 0);
    }
    program.in_memory = pseudo;
    program.deleted = !pseudo && (image.flags & FWLEARN_EXE_DELETED) != 0;
    program.arguments = arguments_of(filled(image.argv, image.argv_length));
    program.arguments_cut = (image.flags & FWLEARN_ARGV_CUT) != 0;
    // As stat(2) has it: the kernel's own number is major << 20 | minor (include/linux/kdev_t.h).
    const std::uint64_t major = image.device >> 20U;
    const std::uint64_t minor = image.device & 0xfffffU;
    program.device = (minor & 0xffU) | ((major & 0xfffU) << 8U) | ((minor & ~0xffULL) << 12U);
    program.inode = image.inode;
    return program;
}

model::ForeignText decode(const fwlearn_cgroup& cgroup) {
    return path_of(filled(cgroup.path, cgroup.length), cgroup.cut != 0);
}

} // namespace fwlearn::collector::process
