#include "power_cut.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace fwlearn::sql::test {
namespace {

constexpr std::size_t sector = 512;

/// A write or a cut of the file's length that is not known to be on the disk.
struct Unsynced {
    std::size_t offset = 0;
    std::string bytes;
    bool truncates = false;
};

/// As it was at its last sync, and what came since. The usual file holds both, for the program to read.
struct Disk {
    std::string synced;
    std::vector<Unsynced> since;
};
std::map<std::string, Disk> disks;

void put_on(std::string& content, const Unsynced& change) {
    if (change.truncates) {
        content.resize(change.offset);
        return;
    }
    content.resize(std::max(content.size(), change.offset + change.bytes.size()));
    content.replace(change.offset, change.bytes.size(), change.bytes);
}

struct File {
    sqlite3_file base;
    Disk* disk; ///< none: a file that need not outlive the process (the log's index, temporary ones)
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& of(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return of(file).real();
}

int write(sqlite3_file* file, const void* bytes, int length, sqlite3_int64 offset) {
    if (Disk* const disk = of(file).disk) {
        disk->since.push_back({static_cast<std::size_t>(offset),
                               std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(length)),
                               false});
    }
    return real(file)->pMethods->xWrite(real(file), bytes, length, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (Disk* const disk = of(file).disk) {
        disk->since.push_back({static_cast<std::size_t>(size), {}, true});
    }
    return real(file)->pMethods->xTruncate(real(file), size);
}

int sync(sqlite3_file* file, int /*flags*/) {
    if (Disk* const disk = of(file).disk) {
        for (const auto& change : disk->since) {
            put_on(disk->synced, change);
        }
        disk->since.clear();
    }
    return SQLITE_OK; // of the machine's own disk nothing is asked
}

const sqlite3_io_methods methods = {
    3,
    [](sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); },
    [](sqlite3_file* file, void* to, int length, sqlite3_int64 offset) {
        return real(file)->pMethods->xRead(real(file), to, length, offset);
    },
    write,
    truncate,
    sync,
    [](sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); },
    [](sqlite3_file* file, int lock) { return real(file)->pMethods->xLock(real(file), lock); },
    [](sqlite3_file* file, int lock) { return real(file)->pMethods->xUnlock(real(file), lock); },
    [](sqlite3_file* file, int* held) { return real(file)->pMethods->xCheckReservedLock(real(file), held); },
    [](sqlite3_file* file, int what, void* with) {
        return real(file)->pMethods->xFileControl(real(file), what, with);
    },
    [](sqlite3_file*) { return static_cast<int>(sector); },
    // Nothing is promised: neither that a sector is written whole, nor that what is not written stays.
    [](sqlite3_file*) { return 0; },
    [](sqlite3_file* file, int page, int size, int extend, void volatile** to) {
        return real(file)->pMethods->xShmMap(real(file), page, size, extend, to);
    },
    [](sqlite3_file* file, int offset, int count, int flags) {
        return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
    },
    [](sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); },
    [](sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); },
    [](sqlite3_file*, sqlite3_int64, int, void** to) {
        *to = nullptr;
        return SQLITE_OK;
    },
    [](sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; },
};

sqlite3_vfs* usual = nullptr;
sqlite3_vfs vfs;

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    of(file).base.pMethods = nullptr;
    of(file).disk = nullptr;
    const int result = usual->xOpen(usual, name, real(file), flags, out);
    if (result == SQLITE_OK) {
        of(file).base.pMethods = &methods;
        if (name != nullptr &&
            (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0) {
            of(file).disk = &disks[name];
        }
    }
    return result;
}

/// A deleted file is gone for good: a journal that comes back would be the worse, and a directory that is not
/// synced is no question that this asks.
int remove(sqlite3_vfs*, const char* name, int sync_directory) {
    disks.erase(name);
    return usual->xDelete(usual, name, sync_directory);
}

/// Some of the changes since the last sync: any of them, in any order, of some only whole sectors of it.
std::string after_cut(const Disk& disk, std::mt19937& random) {
    std::string content = disk.synced;
    auto changes = disk.since;
    const auto reached = static_cast<unsigned>(random() % 101); // per cent
    if (random() % 2 == 0) {
        std::shuffle(changes.begin(), changes.end(), random);
    }
    for (auto& change : changes) {
        if (random() % 100 >= reached) {
            continue;
        }
        if (!change.truncates && random() % 4 == 0 && change.bytes.size() > sector) {
            const std::size_t whole = random() % (change.bytes.size() / sector + 1) * sector;
            if (random() % 2 == 0) {
                change.bytes.resize(whole); // its beginning
            } else {
                change.offset += whole; // its end
                change.bytes.erase(0, whole);
            }
        }
        put_on(content, change);
    }
    return content;
}

} // namespace

PowerCut::PowerCut() {
    usual = sqlite3_vfs_find(nullptr);
    if (usual == nullptr) {
        throw std::runtime_error("no VFS");
    }
    vfs = *usual;
    vfs.zName = "power-cut";
    vfs.pNext = nullptr;
    vfs.szOsFile = static_cast<int>(sizeof(File)) + usual->szOsFile;
    vfs.xOpen = open;
    vfs.xDelete = remove;
    disks.clear();
    sqlite3_vfs_register(&vfs, 1);
}

PowerCut::~PowerCut() {
    sqlite3_vfs_unregister(&vfs);
    sqlite3_vfs_register(usual, 1);
}

void PowerCut::cut(const std::filesystem::path& directory, const std::filesystem::path& target,
                   std::mt19937& random) {
    for (const auto& [name, disk] : disks) {
        const std::filesystem::path file(name);
        if (file.parent_path() == directory) {
            std::ofstream(target / file.filename(), std::ios::binary) << after_cut(disk, random);
        }
    }
}

} // namespace fwlearn::sql::test
