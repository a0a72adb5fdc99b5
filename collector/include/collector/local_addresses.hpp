// Which addresses are this host's own: the prefixes of type `local` in the kernel's routing tables
// (ip-route(8)), which hold every interface's addresses, loopback, and whatever else is delivered here.
// Knows nothing of flows. Asked by the observer, which is told by fd() when to read again.
#pragma once

#include <model/prefix.hpp>

#include <memory>

namespace fwlearn::collector {

class LocalAddresses {
  public:
    /// Reads them. Throws SystemError.
    LocalAddresses();
    ~LocalAddresses();
    LocalAddresses(const LocalAddresses&) = delete;
    LocalAddresses& operator=(const LocalAddresses&) = delete;

    [[nodiscard]] bool contains(const model::Address& address) const;

    /// Readable when an interface got or lost an address: then call refresh().
    [[nodiscard]] int fd() const;
    void refresh();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::collector
