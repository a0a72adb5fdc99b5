// Any bytes in the place of what nft -j prints: understood, or refused in one line, and then judged.
#include <analyzer/existing.hpp>
#include <firewall/ruleset.hpp>
#include <model/errors.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn;
    try {
        const auto ruleset =
            firewall::parse_nft_ruleset({reinterpret_cast<const char*>(data), size}); // NOLINT: C's octets
        const analyzer::ExistingFirewall firewall(ruleset);
        for (const auto* address : {"192.0.2.7", "2001:db8::7"}) {
            static_cast<void>(firewall.judge(
                {model::SocketOwner::user(33, 33),
                 {model::Service::port(model::protocol::tcp, 443), *model::Address::parse(address)},
                 model::ForeignText("eth0")}));
        }
    } catch (const model::UsageError&) {
        // One line.
    }
    return 0;
}
