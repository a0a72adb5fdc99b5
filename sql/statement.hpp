// Binding model values to a prepared statement, and reading them back with their range checked: a record may
// come from anywhere, so nothing that a column holds is believed.
// Knows no statement. Used by every source of this room that runs one.
#pragma once

#include "trouble.hpp"

#include <model/address.hpp>
#include <model/foreign_text.hpp>
#include <model/time.hpp>

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace fwlearn::sql {

/// A prepared statement in use; ready for its next use when this goes, also by an exception.
class Use {
  public:
    explicit Use(SQLite::Statement& statement) : statement_(statement) {}
    ~Use() { statement_.tryReset(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    // Text and addresses are not copied: they must live until the statement has run.
    void bind(int index, const std::string& text) { statement_.bindNoCopy(index, text); }
    void bind(int index, const model::ForeignText& text) { statement_.bindNoCopy(index, text.raw_bytes()); }
    void bind(int index, const model::Address& address) {
        statement_.bindNoCopy(index, address.octets().data(), static_cast<int>(address.octets().size()));
    }
    void bind(int index, model::Timestamp time) {
        statement_.bind(index, static_cast<std::int64_t>(time.time_since_epoch().count()));
    }
    void bind(int index, bool flag) { statement_.bind(index, flag ? 1 : 0); }
    /// SQLite's integers have 63 bits and a sign: what does not fit is stored as the greatest that does.
    template <std::integral Number>
    void bind(int index, Number number) {
        constexpr auto greatest = std::numeric_limits<std::int64_t>::max();
        statement_.bind(index,
                        std::cmp_greater(number, greatest) ? greatest : static_cast<std::int64_t>(number));
    }
    template <typename Enum>
    requires std::is_enum_v<Enum>
    void bind(int index, Enum value) { bind(index, static_cast<std::underlying_type_t<Enum>>(value)); }
    template <typename Value>
    void bind(int index, const std::optional<Value>& value) {
        if (value) {
            bind(index, *value);
        } else {
            statement_.bind(index);
        }
    }
    template <typename... Values>
    Use& with(const Values&... values) {
        int index = 0;
        (bind(++index, values), ...);
        return *this;
    }

    /// For a statement that returns no row; how many it changed.
    int run() { return statement_.exec(); }
    /// The next row, if there is one.
    bool step() { return statement_.executeStep(); }
    [[nodiscard]] SQLite::Column column(int index) const { return statement_.getColumn(index); }

  private:
    SQLite::Statement& statement_;
};

[[noreturn]] inline void throw_damaged() {
    throw StorageError(
        Trouble::damaged,
        "the record holds a value that fwlearn never writes: it is damaged, or another program "
        "has changed it");
}

/// The dictionary's number for a row that another row refers to.
template <typename Map>
typename Map::mapped_type referred(const Map& rows, std::int64_t row) {
    const auto found = rows.find(row);
    if (found == rows.end()) {
        throw_damaged();
    }
    return found->second;
}

/// The columns of a row, from left to right.
class Row {
  public:
    explicit Row(const Use& use) : use_(use) {}

    template <std::integral Number>
    Number number() {
        const std::int64_t value = next().getInt64();
        if (!std::in_range<Number>(value)) {
            throw_damaged();
        }
        return static_cast<Number>(value);
    }
    bool flag() { return number<std::int64_t>() != 0; }
    template <std::integral Number>
    std::optional<Number> number_or_null() {
        if (use_.column(index_).isNull()) {
            ++index_;
            return std::nullopt;
        }
        return number<Number>();
    }
    /// `last` is the enumeration's last enumerator.
    template <typename Enum>
    Enum enumerator(Enum last) {
        const auto value = number<std::underlying_type_t<Enum>>();
        if (value > static_cast<std::underlying_type_t<Enum>>(last)) {
            throw_damaged();
        }
        return static_cast<Enum>(value);
    }
    model::Timestamp time() {
        // Half the range, so that differences and the distance to the epoch in any unit are representable.
        constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / 2;
        const auto value = number<std::int64_t>();
        return model::Timestamp(std::chrono::milliseconds(std::clamp(value, -limit, limit)));
    }
    std::optional<model::Timestamp> time_or_null() {
        if (use_.column(index_).isNull()) {
            ++index_;
            return std::nullopt;
        }
        return time();
    }
    std::string bytes() { return next().getString(); }
    model::ForeignText text() { return model::ForeignText(bytes()); }
    model::Address address() {
        const SQLite::Column column = next();
        const auto* const octets = static_cast<const std::uint8_t*>(column.getBlob());
        const auto parsed =
            model::Address::from_octets({octets, static_cast<std::size_t>(column.getBytes())});
        if (!parsed) {
            throw_damaged();
        }
        return *parsed;
    }

    std::optional<model::Address> address_or_null() {
        if (use_.column(index_).isNull()) {
            ++index_;
            return std::nullopt;
        }
        return address();
    }

  private:
    SQLite::Column next() { return use_.column(index_++); }

    const Use& use_;
    int index_ = 0;
};

} // namespace fwlearn::sql
