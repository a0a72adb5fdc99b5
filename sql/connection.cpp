#include "connection.hpp"

#include <model/ascii.hpp>
#include <model/foreign_text.hpp>

#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <optional>
#include <string_view>

namespace fwlearn::sql {
namespace {

constexpr auto timeout = static_cast<int>(busy_timeout.count());

bool has_log(const std::filesystem::path& path, bool with_content) {
    std::filesystem::path log = path;
    log += "-wal";
    std::error_code error;
    const auto size = std::filesystem::file_size(log, error);
    return !error && (!with_content || size > 0);
}

/// The first access to the file, which is where SQLite finds out whether it can use the log's index.
void touch(SQLite::Database& database) {
    database.execAndGet("SELECT count(*) FROM sqlite_schema");
}

std::optional<struct statvfs> file_system_of(const std::filesystem::path& path) {
    struct statvfs system {};
    if (::statvfs(std::filesystem::absolute(path).parent_path().c_str(), &system) != 0) {
        return std::nullopt;
    }
    return system;
}

bool is_mounted_read_only(const std::filesystem::path& path) {
    const auto system = file_system_of(path);
    return system && (system->f_flag & ST_RDONLY) != 0;
}

/// File systems that make inodes as they need them count none.
bool has_no_inodes(const struct statvfs& system) {
    return system.f_files != 0 && system.f_ffree == 0;
}

/// Less than a new piece of the log's index needs: SQLite makes its files grow by 32 KiB, and reports a
/// failure there as an I/O error (SQLITE_IOERR_SHMSIZE). Without an inode left it cannot make them at all.
bool is_full(const std::filesystem::path& path) {
    constexpr std::uint64_t little = 65536;
    const auto system = file_system_of(path);
    return system && (std::uint64_t{system->f_bfree} * system->f_frsize < little || has_no_inodes(*system));
}

Trouble trouble_of(int code, int system_error, const std::filesystem::path& path) {
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return Trouble::locked;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return Trouble::damaged;
    case SQLITE_FULL:
        return Trouble::full;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return Trouble::read_only;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return code == SQLITE_IOERR_CORRUPTFS                                      ? Trouble::damaged
               : system_error == EROFS || is_mounted_read_only(path)               ? Trouble::read_only
               : system_error == ENOSPC || system_error == EDQUOT || is_full(path) ? Trouble::full
                                                                                   : Trouble::other;
    default:
        return Trouble::other;
    }
}

bool cannot_open(const SQLite::Exception& error) {
    return error.getErrorCode() == SQLITE_CANTOPEN || error.getErrorCode() == SQLITE_READONLY;
}

} // namespace

Connection::Connection(const std::filesystem::path& path, const std::string& parameters, int flags)
    : path_(path),
      database_(uri_of(path, parameters), flags | SQLite::OPEN_URI | SQLite::OPEN_NOMUTEX, timeout) {
    sqlite3_extended_result_codes(database_.getHandle(), 1);
    // A record may come from anywhere: nothing in its schema may call what has side effects.
    sqlite3_db_config(database_.getHandle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

Connection Connection::for_writing(const std::filesystem::path& path) {
    Connection connection(path, "mode=rw", SQLite::OPEN_READWRITE);
    if (sqlite3_db_readonly(connection.database_.getHandle(), "main") == 1) {
        throw model::SqlError("cannot write " + printable(path) +
                              ": run as its owner, or name another record with --db");
    }
    return connection;
}

void Connection::begin_writing() {
    sqlite3* const handle = database_.getHandle();
    if (database_.execAndGet("PRAGMA page_count").getInt64() == 0) {
        // So that the file can shrink (Purge). It must be said before anything is in it.
        database_.exec("PRAGMA auto_vacuum = INCREMENTAL");
    }
    database_.exec("PRAGMA journal_mode = WAL");
    // NORMAL syncs at checkpoints only (https://www.sqlite.org/pragma.html#pragma_synchronous): in WAL mode a
    // power cut may undo the last seconds but cannot corrupt, and a killed process loses nothing that it
    // committed, for that is in the page cache. FULL would sync once a second for a week.
    database_.exec("PRAGMA synchronous = NORMAL");
    database_.exec("PRAGMA foreign_keys = ON");
    // The log is cut to this after a checkpoint, and to nothing on closing.
    database_.exec("PRAGMA journal_size_limit = 16777216");
    // With the log left in place, a reader that may not create files can still read where the collector
    // writes, under real locks; the immutable way in for_reading is for copies.
    int persist = 1;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
}

Connection Connection::for_reading(const std::filesystem::path& path) {
    // A read-only connection would still create a missing log. None means a copy, which nobody changes.
    if (!has_log(path, false)) {
        return {path, "mode=ro&immutable=1", SQLite::OPEN_READONLY};
    }
    try {
        Connection connection(path, "mode=ro", SQLite::OPEN_READONLY);
        touch(connection.database());
        return connection;
    } catch (const SQLite::Exception& error) {
        if (!cannot_open(error)) {
            throw;
        }
        if (has_log(path, true)) {
            throw model::SqlError(
                "cannot read " + printable(path) +
                " with its -wal file from here: copy both to a directory that you can write");
        }
        return {path, "mode=ro&immutable=1", SQLite::OPEN_READONLY};
    }
}

std::string printable(const std::filesystem::path& path) {
    return model::for_terminal(model::ForeignText(path.native()));
}

std::string uri_of(const std::filesystem::path& path, const std::string& parameters) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string uri = "file://";
    const std::filesystem::path absolute = std::filesystem::absolute(path);
    for (const char character : absolute.native()) {
        const auto byte = static_cast<unsigned char>(character);
        const bool literal =
            model::is_letter_or_digit(character) || byte == '/' || byte == '.' || byte == '_' || byte == '-';
        if (literal) {
            uri += character;
        } else {
            uri += '%';
            uri += digits[byte >> 4U];
            uri += digits[byte & 0x0fU];
        }
    }
    return uri + "?" + parameters;
}

int last_system_error(Connection& connection) {
    // SQLite keeps none of a COMMIT that fails; errno is where it would take it from.
    const int left = errno;
    const int kept = sqlite3_system_errno(connection.database().getHandle());
    return kept != 0 ? kept : left;
}

StorageError explained(const SQLite::Exception& error, const std::filesystem::path& path, int system_error) {
    const std::string file = printable(path);
    const Trouble trouble = trouble_of(error.getErrorCode(), system_error, path);
    switch (trouble) {
    case Trouble::locked:
        return {trouble, file + " is locked by another process: try again when that is done"};
    case Trouble::full:
        if (const auto system = file_system_of(path); system && has_no_inodes(*system)) {
            return {trouble, "no inode is left for the files beside " + file +
                                 ": remove files on its file system (df -i)"};
        }
        return {trouble, "no space left to write " + file + ": make room on its file system"};
    case Trouble::read_only:
        if (system_error == EROFS || is_mounted_read_only(path)) {
            return {trouble, "cannot write " + file +
                                 ": its file system is read-only: `dmesg` may say why; "
                                 "mount it for writing"};
        }
        return {trouble, "cannot write " + file + ": run as its owner, or name another with --db"};
    case Trouble::damaged:
        if ((error.getErrorCode() & 0xff) == SQLITE_NOTADB) {
            return {trouble, file + " is not a record of fwlearn's, or is damaged at its start: "
                                    "name another with --db"};
        }
        return {trouble, file + " is damaged: restore a copy, or move it away and observe anew"};
    case Trouble::other:
        break;
    }
    if ((error.getErrorCode() & 0xff) == SQLITE_CANTOPEN) {
        return {trouble, "cannot open " + file +
                             " and the files that SQLite keeps beside it: check the "
                             "permissions of its directory"};
    }
    return {trouble, file + ": SQLite says: " + model::for_terminal(model::ForeignText(error.getErrorStr())) +
                         " (" + model::for_terminal(model::ForeignText(error.what())) + ")"};
}

} // namespace fwlearn::sql
