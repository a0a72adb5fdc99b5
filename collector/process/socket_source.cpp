// The means of last resort: looks which processes hold a socket with the packet's port, after the packet.
// What has ended by then is not found, so nothing of this is more than inferred.
#include "collector/sockets.hpp"
#include "numbered_lineages.hpp"
#include "proc_files.hpp"
#include "source.hpp"

#include <dirent.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <set>

namespace fwlearn::collector::process {
namespace {

using Clock = std::chrono::steady_clock;
/// A look at every process costs milliseconds: at most so often.
constexpr auto look_again_after = std::chrono::milliseconds(20);

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

template <typename Number>
bool parse(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// The inode in "socket:[INODE]", or 0.
std::uint32_t inode_of(int directory, const char* name) {
    constexpr std::string_view begin = "socket:[";
    std::array<char, 64> target{};
    const auto length = readlinkat(directory, name, target.data(), target.size());
    std::string_view text(target.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    std::uint32_t inode = 0;
    if (!text.starts_with(begin) || !text.ends_with(']') ||
        !parse(text.substr(begin.size(), text.size() - begin.size() - 1), inode)) {
        return 0;
    }
    return inode;
}

class SocketSource : public Attributor::Source {
  public:
    SocketSource() { look(); }

    std::optional<Sighting> find(const Tuple& tuple, Moment /*not_after*/) override {
        if (auto found = find_known(tuple)) {
            return found;
        }
        if (Clock::now() - looked_ < look_again_after) {
            return std::nullopt;
        }
        look();
        return find_known(tuple);
    }

    std::optional<Lineage> lineage(std::uint64_t number) override { return lineages_.find(number); }

    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const override {
        return {{"proc_scans", scans_}};
    }

  private:
    using Port = std::pair<std::uint8_t, std::uint16_t>; ///< protocol, source port

    void look() {
        sockets_.clear();
        std::set<std::uint32_t> wanted;
        for (const auto& socket : sending_sockets()) {
            sockets_.emplace(
                Port{socket.tuple.destination.service.protocol.number, socket.tuple.source_detail}, socket);
            wanted.insert(socket.inode);
        }
        holders_.clear();
        const Directory processes(opendir("/proc"));
        while (const auto* entry = processes ? readdir(processes.get()) : nullptr) {
            std::uint32_t pid = 0;
            if (parse(std::string_view(entry->d_name), pid)) { // NOLINT: C's own layout
                look_into(pid, wanted);
            }
        }
        looked_ = Clock::now();
        ++scans_;
    }

    void look_into(std::uint32_t pid, const std::set<std::uint32_t>& wanted) {
        const Directory files(opendir(("/proc/" + std::to_string(pid) + "/fd").c_str()));
        while (const auto* entry = files ? readdir(files.get()) : nullptr) {
            const auto inode = inode_of(dirfd(files.get()), entry->d_name); // NOLINT: C's own layout
            if (inode != 0 && wanted.contains(inode)) {
                holders_[inode].insert(pid);
            }
        }
    }

    std::optional<Sighting> find_known(const Tuple& tuple) {
        const auto [begin, end] =
            sockets_.equal_range(Port{tuple.destination.service.protocol.number, tuple.source_detail});
        std::uint32_t inode = 0;
        for (auto position = begin; position != end; ++position) {
            const auto& destination = position->second.tuple.destination;
            if (destination == tuple.destination) {
                inode = position->second.inode;
                break;
            }
            if (destination.service.detail == 0 && inode == 0) {
                inode = position->second.inode; // not connected
            } else if (destination.service.detail == 0) {
                return std::nullopt; // two could be meant
            }
        }
        const auto held = holders_.find(inode);
        // More than one holds it: any of them may have sent.
        if (inode == 0 || held == holders_.end() || held->second.size() != 1) {
            return std::nullopt;
        }
        const auto lineage = lineage_in_proc(*held->second.begin());
        if (!lineage) {
            return std::nullopt;
        }
        return Sighting{lineages_.number_of(*lineage), 0, false, model::Attribution::inferred, std::nullopt};
    }

    Clock::time_point looked_;
    std::multimap<Port, OpenSocket> sockets_;
    std::map<std::uint32_t, std::set<std::uint32_t>> holders_; ///< pids by inode
    NumberedLineages lineages_;
    std::uint64_t scans_ = 0;
};

} // namespace

std::unique_ptr<Attributor::Source> socket_source() {
    return std::make_unique<SocketSource>();
}

} // namespace fwlearn::collector::process
