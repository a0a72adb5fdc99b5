// When `refresh --watch` asks for a name again: as its TTL runs out, and later where that would be in vain or
// at the expense of others. Knows neither sets nor resolvers. Private to this room; used by refresh.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace fwlearn::cli {

/// What came of asking for a name, as far as that decides when to ask again.
struct NameAnswer {
    bool answered = false;            ///< with addresses, of one IP version at least
    std::optional<std::uint32_t> ttl; ///< seconds; nothing where no name server gave the addresses
    bool only_strangers = false;      ///< none of the addresses was in its sets before
};

class NameTurns {
  public:
    /// A failure is tried again after this long, and so is a whitelist that is not loaded yet.
    static constexpr auto again_after = std::chrono::milliseconds(std::chrono::seconds(30));

    /// How long to wait from this answer to the next question.
    std::chrono::milliseconds after(const NameAnswer& answer);

    /// The last question was in vain.
    [[nodiscard]] bool failing() const { return failures_ > 0; }

  private:
    unsigned failures_ = 0;  ///< in a row
    unsigned strangers_ = 0; ///< answers in a row that had nothing else
};

} // namespace fwlearn::cli
