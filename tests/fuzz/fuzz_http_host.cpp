// Whatever a client says in the place of a request.
#include "http_host.hpp"
#include "said_name_invariants.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn;
    fuzz::check_said_name(std::span(data, size), collector::names::http_host);
    return 0;
}
