// What the tests of this room share: a directory that goes away, small records, and files as bytes.
// Knows nothing below the public headers.
#pragma once

#include <model/errors.hpp>
#include <sql/reader.hpp>
#include <sql/writer.hpp>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>

namespace fwlearn::sql::test {

using namespace fwlearn::model;

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "fwlearn-sql-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
        path_ = name;
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

inline Timestamp at(std::int64_t seconds) {
    return Timestamp(std::chrono::seconds(1'790'000'000 + seconds));
}

inline Observation kernel_observation(Timestamp started) {
    Observation observation;
    observation.started = started;
    observation.last_alive = started;
    observation.host = ForeignText("server");
    observation.netns = 4026531840;
    observation.pid = 4711;
    observation.nflog_group = 4711;
    observation.accounting = true;
    return observation;
}

/// One flow at `time` to `address`, port 443.
inline FlowDelta delta_to(std::uint32_t address, Timestamp time) {
    FlowDelta delta;
    delta.key.owner = SocketOwner::user(33, 33);
    delta.key.destination = {Service::port(protocol::tcp, 443), Address::v4(address)};
    delta.hour = hour_of(time);
    delta.counts.count = 1;
    delta.counts.answered = 1;
    delta.counts.first_seen = time;
    delta.counts.last_seen = time;
    return delta;
}

inline std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

inline unsigned mode_of(const std::filesystem::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

/// What SqlError (or SystemError) says, or nothing when `action` does not throw one.
inline std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

/// What `action` returns in a child that is an ordinary user (uid 65534 when the tests run as root).
inline std::string as_ordinary_user(const std::function<std::string()>& action) {
    int ends[2];
    if (::pipe(ends) != 0) {
        throw std::runtime_error("pipe");
    }
    const pid_t child = ::fork();
    if (child == 0) {
        std::string said = "could not drop privileges";
        if (::geteuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0)) {
            try {
                said = action();
            } catch (const std::exception& error) {
                said = error.what();
            }
        }
        _exit(::write(ends[1], said.data(), said.size()) < 0 ? 1 : 0);
    }
    ::close(ends[1]);
    std::string said;
    char buffer[512];
    for (ssize_t length = 0; (length = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
        said.append(buffer, static_cast<std::size_t>(length));
    }
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return said;
}

} // namespace fwlearn::sql::test
