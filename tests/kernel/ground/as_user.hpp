// While it lives, sockets that this thread makes belong to another user and group, for the kernel: what
// `meta skuid`, NFLOG and sock_diag tell is the file system user at the time of socket(2).
// Leaves the thread its capabilities. Used by traffic and raw_packets.
#pragma once

#include <model/process.hpp>

#include <sys/fsuid.h>

namespace fwlearn::kernel_test {

class AsUser {
  public:
    explicit AsUser(const model::SocketOwner& owner)
        : gid_(static_cast<gid_t>(setfsgid(owner.gid))), uid_(static_cast<uid_t>(setfsuid(owner.uid))) {}
    ~AsUser() {
        setfsuid(uid_);
        setfsgid(gid_);
    }
    AsUser(const AsUser&) = delete;
    AsUser& operator=(const AsUser&) = delete;

  private:
    gid_t gid_;
    uid_t uid_;
};

} // namespace fwlearn::kernel_test
