// Text that somebody else chose: a process's name, a path, a cgroup, a DNS name, an interface, a user.
// It may hold any bytes. It never becomes a std::string by accident: every sink has one encoder, named
// here or (for JSON, SQL) done by the library that writes that sink.
#pragma once

#include <model/secret_hash.hpp>

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace fwlearn::model {

class ForeignText {
  public:
    ForeignText() = default;
    explicit ForeignText(std::string bytes) : bytes_(std::move(bytes)) {}
    explicit ForeignText(std::string_view bytes) : bytes_(bytes) {}
    explicit ForeignText(const char* bytes) : bytes_(bytes) {}

    /// The bytes as they came, for comparing, for binding to SQL and for a JSON library. Never print them.
    [[nodiscard]] const std::string& raw_bytes() const { return bytes_; }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }

    auto operator<=>(const ForeignText&) const = default;

  private:
    std::string bytes_;
};

/// For a terminal or a log line: printable ASCII as it is, backslash doubled, every other byte as \xNN.
/// One line, no control byte, no escape sequence, no bidirectional override, whatever went in.
std::string for_terminal(const ForeignText& text);

/// For a comment in an nftables or iptables file: [A-Za-z0-9._/@:+-] as it is, every other byte as %NN,
/// and at most `limit` bytes, the cut marked by a final "...". The kernel's own limit on a comment is 128
/// with its NUL (NFTNL_UDATA_COMMENT_MAXLEN), and nft cannot quote a double quote in any form.
std::string for_rule_comment(const ForeignText& text, std::size_t limit = 127);

/// For a line of Markdown, a cell of a table too: letters, digits and blanks as they are, other printable
/// ASCII behind a backslash where it may be markup (CommonMark 0.31, 2.4; GitHub's autolinks), every other
/// byte as \\xNN. Never a line's beginning: leading blanks are dropped.
std::string for_markdown(const ForeignText& text);

} // namespace fwlearn::model

template <>
struct std::hash<fwlearn::model::ForeignText> {
    std::size_t operator()(const fwlearn::model::ForeignText& text) const noexcept {
        return static_cast<std::size_t>(fwlearn::model::secret_hash(text.raw_bytes()));
    }
};
