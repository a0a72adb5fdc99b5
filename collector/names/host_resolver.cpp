#include "host_resolver.hpp"

#include "dns_message.hpp"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <nss.h>
#include <resolv.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace fwlearn::collector::names {
namespace {

using Clock = std::chrono::steady_clock;

/// As short as a server may be waited for, once, by resolv.conf(5): who failed after that long was silent.
/// libc itself gives the same errno for a server that says that it failed.
constexpr auto one_wait = std::chrono::milliseconds(900);

/// The state of libc's resolver, which reads resolv.conf(5) anew for each of these.
class Resolver {
  public:
    Resolver() : good_(res_ninit(&state_) == 0) {
        // Else a silent server is waited for ten seconds and more for each question, and others with it.
        state_.retrans = std::min(state_.retrans, 2);
        state_.retry = std::min(state_.retry, state_.nscount > 1 ? 1 : 2);
    }
    void use_tcp() { state_.options |= RES_USEVC; }
    ~Resolver() {
        if (good_) {
            res_nclose(&state_);
        }
    }
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Adds to `looked` what there is of the type, and says how that went.
    LookUpOutcome ask(const std::string& name, std::uint16_t type, Looked& looked) {
        constexpr std::size_t largest = 65535;
        std::vector<std::uint8_t> answer(largest);
        if (!good_) {
            return LookUpOutcome::failed;
        }
        const auto began = Clock::now();
        // The whole name, without the domains of `search`: a final dot says so.
        const int length = res_nquery(&state_, (name + ".").c_str(), ns_c_in, type, answer.data(),
                                      static_cast<int>(answer.size()));
        if (length < 0) {
            return outcome_of(state_.res_h_errno, Clock::now() - began);
        }
        answer.resize(std::min(answer.size(), static_cast<std::size_t>(length)));
        const auto decoded = decode_dns(answer);
        if (!decoded) {
            return LookUpOutcome::failed;
        }
        const auto resolved = resolved_by(*decoded);
        if (resolved.addresses.empty()) {
            return LookUpOutcome::no_data;
        }
        looked.ttl = std::min(looked.ttl.value_or(resolved.ttl), resolved.ttl);
        for (const auto& address : resolved.addresses) {
            add(address, looked);
        }
        return LookUpOutcome::answered;
    }

    static void add(const model::Address& address, Looked& looked) {
        auto& family = address.family() == model::Family::ipv4 ? looked.four : looked.six;
        family.outcome = LookUpOutcome::answered;
        family.addresses.push_back(address);
    }

  private:
    static LookUpOutcome outcome_of(int error, Clock::duration waited) {
        switch (error) {
        case HOST_NOT_FOUND:
            return LookUpOutcome::no_name;
        case NO_DATA:
            return LookUpOutcome::no_data;
        default:
            return waited < one_wait ? LookUpOutcome::failed : LookUpOutcome::silent;
        }
    }

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

/// What getaddrinfo(3) says, by the services of nsswitch.conf(5); whether it has any address.
bool ask_everybody(const std::string& name, Looked& looked) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int status = getaddrinfo(name.c_str(), nullptr, &hints, &list);
    const std::unique_ptr<addrinfo, FreeAddresses> owned(list);
    bool has_any = false;
    for (const auto* info = list; status == 0 && info != nullptr; info = info->ai_next) {
        if (const auto address = address_of(*info)) {
            Resolver::add(*address, looked);
            has_any = true;
        }
    }
    return has_any;
}

/// What hosts(5) has of it. Programs take that, and ask name servers for nothing more (nsswitch.conf(5)):
/// that these could not tell the rest is no failure. From here on this process asks no other service.
void add_what_hosts_says(const std::string& name, Looked& looked) {
    __nss_configure_lookup("hosts", "files");
    if (!ask_everybody(name, looked)) {
        return;
    }
    for (auto* family : {&looked.four, &looked.six}) {
        if (family->outcome != LookUpOutcome::answered) {
            family->outcome = LookUpOutcome::no_data;
        }
    }
}

void sort_once(std::vector<model::Address>& addresses) {
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
}

} // namespace

void ask_host(const std::string& host_name, const SoFar& tell) {
    Resolver resolver;
    Looked looked;
    looked.four.outcome = looked.six.outcome = LookUpOutcome::silent;
    const auto tell_sorted = [&looked, &tell] {
        sort_once(looked.four.addresses);
        sort_once(looked.six.addresses);
        tell(looked);
    };
    looked.four.outcome = resolver.ask(host_name, dns_type::a, looked);
    tell_sorted();
    if (looked.four.outcome != LookUpOutcome::silent) {
        looked.six.outcome = resolver.ask(host_name, dns_type::aaaa, looked);
        tell_sorted();
    }
    if (!looked.answered() && looked.six.outcome != LookUpOutcome::silent) {
        ask_everybody(host_name, looked);
        tell_sorted();
    }
    add_what_hosts_says(host_name, looked);
    tell_sorted();
}

void ask_servers(const SoFar& tell) {
    for (const bool over_tcp : {false, true}) {
        Resolver resolver;
        if (over_tcp) {
            resolver.use_tcp();
        }
        Looked looked;
        looked.four.outcome = resolver.ask("localhost", dns_type::a, looked);
        tell(looked);
    }
}

} // namespace fwlearn::collector::names
