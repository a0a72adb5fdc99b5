// Lines of text, one at a time, from memory or from a file that may be compressed (gzip, xz, zstd, bzip2,
// lz4). Knows nothing of what the lines say. Read by import/zeek and import/jsonl; tests and fuzzers feed
// memory. A line is bounded, so that a file without any line end cannot fill the memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fwlearn::import {

struct Line {
    std::string_view text; ///< without its end; valid until the next call; empty when the line was too long
    std::uint64_t number = 0; ///< the first is 1
    bool too_long = false;
};

class LineSource {
  public:
    /// Longer lines are not returned, only counted: ten times the largest line of a real Zeek log.
    static constexpr std::size_t longest_line = std::size_t{1} << 20U;

    LineSource() = default;
    LineSource(const LineSource&) = delete;
    LineSource& operator=(const LineSource&) = delete;
    LineSource(LineSource&&) = delete;
    LineSource& operator=(LineSource&&) = delete;
    virtual ~LineSource() = default;

    /// The next line, or nothing at the end. "\r\n" ends a line as "\n" does; the last one needs no end.
    virtual std::optional<Line> next() = 0;
};

/// Lines of a text that somebody else keeps alive.
class MemoryLines final : public LineSource {
  public:
    explicit MemoryLines(std::string_view text) : rest_(text) {}
    std::optional<Line> next() override;

  private:
    std::string_view rest_;
    std::uint64_t number_ = 0;
};

/// Lines of a file, decompressed while they are read. next() and the constructor throw model::SystemError
/// for a file that cannot be read or whose compressed stream is broken.
class FileLines final : public LineSource {
  public:
    explicit FileLines(const std::filesystem::path& path);
    ~FileLines() override;
    FileLines(const FileLines&) = delete;
    FileLines& operator=(const FileLines&) = delete;
    FileLines(FileLines&&) = delete;
    FileLines& operator=(FileLines&&) = delete;

    std::optional<Line> next() override;

    /// SHA-256 of the decompressed content that was read so far, in hexadecimal: of the whole file once
    /// next() has returned nothing. So the same log counts as the same, compressed or not.
    [[nodiscard]] std::string sha256() const;

  private:
    class Stream;
    std::unique_ptr<Stream> stream_;
};

} // namespace fwlearn::import
