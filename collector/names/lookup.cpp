#include "collector/names/lookup.hpp"

#include "dns_message.hpp"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <memory>

namespace fwlearn::collector::names {
namespace {

/// The state of libc's resolver, which reads resolv.conf(5) anew for each of these.
class Resolver {
  public:
    Resolver() : good_(res_ninit(&state_) == 0) {}
    ~Resolver() {
        if (good_) {
            res_nclose(&state_);
        }
    }
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    enum class Outcome : std::uint8_t { answered, nothing, failed };

    Outcome ask(const std::string& name, std::uint16_t type, Looked& looked) {
        constexpr std::size_t largest = 65535;
        std::vector<std::uint8_t> answer(largest);
        if (!good_) {
            return Outcome::failed;
        }
        // The whole name, without the domains of `search`: a final dot says so.
        const int length = res_nquery(&state_, (name + ".").c_str(), ns_c_in, type, answer.data(),
                                      static_cast<int>(answer.size()));
        if (length < 0) {
            return state_.res_h_errno == HOST_NOT_FOUND || state_.res_h_errno == NO_DATA ? Outcome::nothing
                                                                                         : Outcome::failed;
        }
        answer.resize(std::min(answer.size(), static_cast<std::size_t>(length)));
        const auto decoded = decode_dns(answer);
        if (!decoded) {
            return Outcome::failed;
        }
        const auto resolved = resolved_by(*decoded);
        if (resolved.addresses.empty()) {
            return Outcome::nothing;
        }
        looked.ttl = looked.addresses.empty() ? resolved.ttl : std::min(looked.ttl, resolved.ttl);
        looked.addresses.insert(looked.addresses.end(), resolved.addresses.begin(), resolved.addresses.end());
        return Outcome::answered;
    }

  private:
    struct __res_state state_ {};
    bool good_;
};

struct FreeAddresses {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::optional<model::Address> address_of(const addrinfo& info) {
    // NOLINTBEGIN: the family says what the address is
    if (info.ai_family == AF_INET) {
        const auto* const address = reinterpret_cast<const sockaddr_in*>(info.ai_addr);
        return model::Address::from_octets({reinterpret_cast<const std::uint8_t*>(&address->sin_addr), 4});
    }
    if (info.ai_family == AF_INET6) {
        const auto* const address = reinterpret_cast<const sockaddr_in6*>(info.ai_addr);
        return model::Address::from_octets({reinterpret_cast<const std::uint8_t*>(&address->sin6_addr), 16});
    }
    // NOLINTEND
    return std::nullopt;
}

/// hosts(5), systemd-resolved and the like; false when that failed too.
bool ask_everybody(const std::string& name, Looked& looked) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int status = getaddrinfo(name.c_str(), nullptr, &hints, &list);
    const std::unique_ptr<addrinfo, FreeAddresses> owned(list);
    for (const auto* info = list; status == 0 && info != nullptr; info = info->ai_next) {
        if (const auto address = address_of(*info)) {
            looked.addresses.push_back(*address);
        }
    }
    return status == 0 || status == EAI_NONAME || status == EAI_NODATA;
}

} // namespace

std::optional<Looked> look_up(const std::string& host_name) {
    Resolver resolver;
    Looked looked;
    const auto four = resolver.ask(host_name, dns_type::a, looked);
    const auto six = resolver.ask(host_name, dns_type::aaaa, looked);
    if (looked.addresses.empty() && !ask_everybody(host_name, looked)) {
        return std::nullopt;
    }
    // One of the two missing is not the same as the name having none of them.
    const bool failed = four == Resolver::Outcome::failed || six == Resolver::Outcome::failed;
    if (looked.addresses.empty() && failed) {
        return std::nullopt;
    }
    std::sort(looked.addresses.begin(), looked.addresses.end());
    looked.addresses.erase(std::unique(looked.addresses.begin(), looked.addresses.end()),
                           looked.addresses.end());
    return looked;
}

} // namespace fwlearn::collector::names
