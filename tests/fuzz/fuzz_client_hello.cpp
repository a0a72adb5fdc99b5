// Whatever a client says in the place of a ClientHello, with records and without.
#include "client_hello.hpp"
#include "said_name_invariants.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn;
    const std::span<const std::uint8_t> bytes(data, size);
    fuzz::check_said_name(bytes, collector::names::tls_server_name);
    fuzz::check_said_name(bytes, collector::names::tls_server_name_of_handshake);
    return 0;
}
