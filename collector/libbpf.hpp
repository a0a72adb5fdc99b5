// libbpf(3) in move-only types, and its failures in one line each.
// Knows nothing of any program. Private to the loaders of the BPF programs.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace fwlearn::collector::bpf {

/// From now on the first line that libbpf has to say is remembered, which is the one that tells why; nothing
/// is printed.
void listen();
/// Throws SystemError by errno and by what libbpf said.
[[noreturn]] void fail(int error);

/// For the programs' hashes: another each time, which nobody can guess. Throws SystemError.
std::uint64_t drawn_seed();

struct DestroyLink {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, DestroyLink>;

/// What is attached for as long as the object lives.
class Links {
  public:
    /// Throws SystemError by errno where there is no link.
    void add(bpf_link* link);

  private:
    std::vector<Link> links_;
};

/// Throws SystemError by errno where there is none.
class Descriptor {
  public:
    explicit Descriptor(int fd);
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

/// A map's memory (BPF_F_MMAPABLE), to be read. Throws SystemError by errno where it is refused.
class Mapping {
  public:
    Mapping(int map, std::size_t size);
    ~Mapping();
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    [[nodiscard]] const void* get() const { return memory_; }

  private:
    void* memory_;
    std::size_t size_;
};

template <typename Key, typename Value>
std::optional<Value> look_up(const bpf_map* map, const Key& key) {
    Value value{};
    if (bpf_map__lookup_elem(map, &key, sizeof key, &value, sizeof value, 0) != 0) {
        return std::nullopt;
    }
    return value;
}

} // namespace fwlearn::collector::bpf
