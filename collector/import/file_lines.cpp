#include "import/line_source.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <archive.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace fwlearn::import {
namespace {

class Fd {
  public:
    explicit Fd(int number) : number_(number) {}
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    Fd(Fd&&) = delete;
    Fd& operator=(Fd&&) = delete;
    ~Fd() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    [[nodiscard]] int number() const { return number_; }

  private:
    int number_;
};

struct CloseArchive {
    void operator()(archive* handle) const { archive_read_free(handle); }
};

constexpr std::size_t block_size = std::size_t{64} << 10U;

} // namespace

/// The decompressed bytes, block by block, and the line that is being put together from them.
class FileLines::Stream {
  public:
    explicit Stream(const std::filesystem::path& path)
        : name_(model::for_terminal(model::ForeignText(path.native()))),
          fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)), archive_(archive_read_new()) {
        if (fd_.number() < 0) {
            throw model::SystemError("cannot open " + name_, errno);
        }
        struct stat status {};
        if (::fstat(fd_.number(), &status) != 0) {
            throw model::SystemError("cannot read " + name_, errno);
        }
        if (S_ISDIR(status.st_mode)) {
            throw model::SystemError("cannot read " + name_, EISDIR);
        }
        sha256_init(&sha256_);
        open_archive();
    }

    std::optional<Line> next() {
        line_.clear();
        bool too_long = false;
        bool any = false;
        while (true) {
            if (rest_.empty() && !refill()) {
                if (!any) {
                    return std::nullopt;
                }
                break;
            }
            any = true;
            const auto end = rest_.find('\n');
            const auto part = rest_.substr(0, end);
            if (!too_long && line_.size() + part.size() <= longest_line) {
                line_ += part;
            } else {
                too_long = true;
                line_.clear();
            }
            if (end != std::string_view::npos) {
                rest_.remove_prefix(end + 1);
                break;
            }
            rest_ = {};
        }
        if (line_.ends_with('\r')) {
            line_.pop_back();
        }
        return Line{line_, ++number_, too_long};
    }

    [[nodiscard]] std::string sha256() const {
        sha256_ctx copy = sha256_; // the digest function resets the context that it is given
        std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
        sha256_digest(&copy, digest.size(), digest.data());
        constexpr std::string_view digits = "0123456789abcdef";
        std::string hexadecimal;
        for (const auto byte : digest) {
            hexadecimal += digits[byte >> 4U];
            hexadecimal += digits[byte & 0x0fU];
        }
        return hexadecimal;
    }

  private:
    /// Each filter by name, and not archive_read_support_filter_all(): that one runs other programs (lrzip,
    /// grzip) on the word of a file's first bytes, and would take a log that starts with "begin 644" for
    /// uuencoded.
    void open_archive() {
        auto* const handle = archive_.get();
        if (handle == nullptr) {
            throw model::SystemError("cannot read " + name_, ENOMEM);
        }
        archive_read_support_filter_gzip(handle);
        archive_read_support_filter_bzip2(handle);
        archive_read_support_filter_xz(handle);
        archive_read_support_filter_zstd(handle);
        archive_read_support_filter_lz4(handle);
        archive_read_support_format_empty(handle);
        archive_read_support_format_raw(handle);
        archive_entry* entry = nullptr;
        if (archive_read_open_fd(handle, fd_.number(), block_size) != ARCHIVE_OK) {
            fail();
        }
        const int header = archive_read_next_header(handle, &entry);
        if (header == ARCHIVE_EOF) {
            ended_ = true;
        } else if (header != ARCHIVE_OK) {
            fail();
        }
    }

    bool refill() {
        if (ended_) {
            return false;
        }
        const la_ssize_t size = archive_read_data(archive_.get(), block_.data(), block_.size());
        if (size < 0) {
            fail();
        }
        if (size == 0) {
            ended_ = true;
            return false;
        }
        rest_ = {block_.data(), static_cast<std::size_t>(size)};
        sha256_update(&sha256_, rest_.size(), reinterpret_cast<const std::uint8_t*>(rest_.data()));
        return true;
    }

    [[noreturn]] void fail() const {
        const char* const why = archive_error_string(archive_.get());
        throw model::SystemError(
            "cannot read " + name_ + ": " +
            model::for_terminal(model::ForeignText(why == nullptr ? "it is broken" : why)));
    }

    std::string name_;
    Fd fd_;
    std::unique_ptr<archive, CloseArchive> archive_;
    sha256_ctx sha256_{};
    std::array<char, block_size> block_{};
    std::string_view rest_; ///< of block_, not yet in a line
    std::string line_;
    std::uint64_t number_ = 0;
    bool ended_ = false;
};

FileLines::FileLines(const std::filesystem::path& path) : stream_(std::make_unique<Stream>(path)) {}
FileLines::~FileLines() = default;

std::optional<Line> FileLines::next() {
    return stream_->next();
}

std::string FileLines::sha256() const {
    return stream_->sha256();
}

} // namespace fwlearn::import
