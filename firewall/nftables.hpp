// libnftables as a move-only value: a connection to the kernel through which whole files are loaded.
// Private to this room.
#pragma once

#include <memory>
#include <string>

struct nft_ctx;

namespace fwlearn::firewall {

class Nftables {
  public:
    Nftables();

    /// Runs the commands as one transaction; gives back what they print. Throws SystemError that begins with
    /// `purpose` and has the first line of what nft says.
    std::string run(const std::string& commands, const std::string& purpose);
    /// From now on run() gives libnftables-json(5).
    void answer_in_json();
    /// From now on without counters and what is left of timeouts.
    void answer_without_state();

  private:
    struct Free {
        void operator()(nft_ctx* context) const;
    };
    std::unique_ptr<nft_ctx, Free> context_;
};

} // namespace fwlearn::firewall
