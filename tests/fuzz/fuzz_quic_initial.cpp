// Whatever a client sends in the place of a QUIC Initial packet; and whatever is inside of one that is sealed
// as it should be, which no fuzzer would find by itself.
#include "quic_initial.hpp"
#include "quic_keys.hpp"

#include <model/host_name.hpp>

#include <cstdlib>

using namespace fwlearn;
using namespace fwlearn::collector::names;

namespace {

void check(const SaidName& said) {
    if (!said.name.empty() &&
        (model::host_name(said.name) != said.name || said.state != SaidName::State::complete)) {
        std::abort();
    }
}

std::vector<std::uint8_t> sealed(std::uint32_t version, std::span<const std::uint8_t> payload) {
    static const std::vector<std::uint8_t> id{1, 2, 3, 4, 5, 6, 7, 8};
    std::vector<std::uint8_t> header;
    header.push_back(version == quic_version_1 ? 0xc0 : 0xd0);
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        header.push_back(static_cast<std::uint8_t>(version >> (shift - 8)));
    }
    header.push_back(static_cast<std::uint8_t>(id.size()));
    header.insert(header.end(), id.begin(), id.end());
    header.push_back(0); // no source id
    header.push_back(0); // no token
    const auto length = 1 + payload.size() + 16;
    header.push_back(static_cast<std::uint8_t>(0x80U | length >> 24U));
    header.push_back(static_cast<std::uint8_t>(length >> 16U));
    header.push_back(static_cast<std::uint8_t>(length >> 8U));
    header.push_back(static_cast<std::uint8_t>(length));
    header.push_back(0); // packet number
    return seal_initial(client_initial_keys(version, id), header, payload);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> bytes(data, size);
    check(QuicHello().add(bytes));
    for (const auto version : {quic_version_1, quic_version_2}) {
        QuicHello hello;
        const auto half = size / 2;
        check(hello.add(sealed(version, bytes.subspan(half))));
        check(hello.add(sealed(version, bytes.first(half))));
        check(QuicHello().add(sealed(version, bytes)));
    }
    return 0;
}
