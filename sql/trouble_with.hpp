// What went wrong with an action on the record, by its kind, as a value. Used by Keeper, which goes on.
#pragma once

#include "connection.hpp"

#include <cerrno>
#include <optional>

namespace fwlearn::sql {

template <typename Action>
std::optional<StorageError> trouble_with(Action&& action) {
    try {
        action();
    } catch (const StorageError& error) {
        return error;
    } catch (const model::SystemError& error) {
        const bool full = error.error_number() == ENOSPC || error.error_number() == EDQUOT;
        return StorageError(full ? Trouble::full : Trouble::other, error.what());
    } catch (const model::Error& error) {
        return StorageError(Trouble::other, error.what());
    } catch (const std::filesystem::filesystem_error& error) {
        return StorageError(Trouble::other,
                            "cannot move " + printable(error.path1()) + ": " + error.code().message());
    }
    return std::nullopt;
}

} // namespace fwlearn::sql
