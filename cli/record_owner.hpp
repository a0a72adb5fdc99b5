// Root gives itself up for the user whom the record belongs to, before it writes in a folder in which that
// user may put what he likes. Knows nothing of what is written. Private to this room; called by purge, import
// and observe.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <vector>

namespace fwlearn::cli {

/// Nothing happens where the caller is not root, where there is no such file, and where it is root's own.
/// Throws model::SystemError.
void become_owner_of(const std::filesystem::path& record);

/// Whom a record belongs to, as seen by root: where there is none yet, whose folder it is to be made in.
class RecordOwner {
  public:
    explicit RecordOwner(const std::filesystem::path& record);

    /// Files are opened and made as the owner would until it is gone; nothing changes where the caller is not
    /// root, and where the owner is. The process stays root's: the owner may not stop or trace it.
    class Acting {
      public:
        /// Throws model::SystemError.
        explicit Acting(const RecordOwner& owner);
        ~Acting();
        Acting(const Acting&) = delete;
        Acting& operator=(const Acting&) = delete;

      private:
        bool acts_;
        gid_t group_ = 0; ///< root's, to go back to
        std::vector<gid_t> groups_;
    };

  private:
    struct Ids {
        uid_t user;
        gid_t group;
    };
    std::optional<Ids> ids_; ///< none: as the caller
};

/// Throws model::UsageError where the record is the packaged unit's user's, and the caller somebody else: who
/// observes needs capabilities, which that user has from the unit alone.
void refuse_record_of_unit(const std::filesystem::path& record);

} // namespace fwlearn::cli
