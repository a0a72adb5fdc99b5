// A conversation with nf_tables in the kernel of the network namespace that the thread is in: for what is
// read often, and for which libnftables would read everything. Private to this room; used by named_counter,
// whitelist_sets and set_elements.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct mnl_socket;
struct nlmsghdr;

namespace fwlearn::firewall {

class Nfnetlink {
  public:
    /// `purpose` begins each SystemError's line: "cannot ...".
    explicit Nfnetlink(std::string purpose);

    /// `question` is an NFT_MSG_GET..., of the family inet; `flags` are NLM_F_DUMP, or NLM_F_ACK so that an
    /// end is told. `fill` adds attributes, 400 octets at most. `handler` gets each message of the answer,
    /// all of which hold an nfgenmsg. Gives back 0, or the kernel's error: EINTR where what was dumped
    /// changed meanwhile, so that it may be neither old nor new. Throws SystemError where the kernel cannot
    /// be spoken to.
    int ask(unsigned question, unsigned flags, const std::function<void(nlmsghdr*)>& fill,
            const std::function<void(const nlmsghdr*)>& handler);

    /// Sends messages that are one transaction, from NFNL_MSG_BATCH_BEGIN to NFNL_MSG_BATCH_END. Gives back
    /// 0, or the first error that the kernel tells, and then nothing has changed. Throws SystemError as
    /// above.
    int transact(std::span<const char> batch);

  private:
    using Handler = std::function<void(const nlmsghdr*)>;
    /// One datagram's messages, by recv(2) with these flags. False: there is none now. Throws SystemError.
    bool receive(int flags, const Handler& handler);

    struct Close {
        void operator()(mnl_socket* socket) const;
    };
    std::string purpose_;
    std::unique_ptr<mnl_socket, Close> socket_;
    std::vector<char> buffer_;
    unsigned sequence_ = 0;
};

} // namespace fwlearn::firewall
