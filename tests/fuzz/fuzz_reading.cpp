// Whatever the process that reads packets answers, taken over or not; and whatever packets make of it when it
// reads them.
#include "../unit/collector/written.hpp"
#include "reading/messages.hpp"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn::collector;
    const std::span<const std::uint8_t> bytes(data, size);
    for (const std::size_t packets : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
        const auto read = reading::read_reading(bytes, packets);
        if (read && !std::ranges::equal(test::written(*read), bytes)) {
            std::abort(); // one answer has one form
        }
    }
    const auto request = reading::read_request(bytes);
    if (!request) {
        return 0;
    }
    if (!std::ranges::equal(test::written(request->packets, request->now), bytes)) {
        std::abort();
    }
    // What is read is what arrives: every name and every address that packets say passes the observer's
    // checks.
    reading::PacketReader reader;
    const auto said = reader.read(request->packets, request->now);
    if (reading::read_reading(test::written(said), request->packets.size()) != said) {
        std::abort();
    }
    return 0;
}
