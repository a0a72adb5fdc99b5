// The lab: a server and an internet, two network namespaces joined by a cable (veth), of documentation
// addresses (RFC 5737, RFC 3849) alone. All of it is gone with the object.
// Never touches the machine's own network. Made by every kernel test.
#pragma once

#include "fd.hpp"

#include <model/address.hpp>

#include <string>
#include <string_view>

namespace fwlearn::kernel_test {

/// A named network namespace (ip-netns(8)).
class Namespace {
  public:
    explicit Namespace(std::string name);
    ~Namespace();
    Namespace(const Namespace&) = delete;
    Namespace& operator=(const Namespace&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    std::string name_;
};

/// While it lives, this thread, and what it forks, is in the namespace.
class Inside {
  public:
    explicit Inside(const Namespace& target);
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

  private:
    Fd before_;
};

class Lab {
  public:
    Lab();

    [[nodiscard]] const Namespace& server() const { return server_; }
    [[nodiscard]] const Namespace& internet() const { return internet_; }
    /// Which address the server has.
    static model::Address server_address(model::Family family);
    /// One of 512 IPv4 or 65,536 IPv6 addresses that answer in the internet.
    static model::Address internet_address(model::Family family, unsigned index);

    /// The ends of the cable.
    static constexpr const char* cable = "eth0";

  private:
    Namespace server_;
    Namespace internet_;
};

/// "net/ipv4/ip_forward", as seen inside the namespace.
void set_sysctl(const Namespace& where, const std::string& name, std::string_view value);

} // namespace fwlearn::kernel_test
