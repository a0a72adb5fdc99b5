// The captures in data/: what real clients and a real name server said (data/make-captures makes them anew).
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace fwlearn::collector::test {

using Octets = std::vector<std::uint8_t>;

inline Octets capture(const std::string& name) {
    std::ifstream file(std::string(FWLEARN_TEST_DATA) + "/" + name, std::ios::binary);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

inline Octets octets_of(const std::string& text) {
    return {text.begin(), text.end()};
}

inline Octets from_hexadecimal(const std::string& text) {
    Octets octets;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        octets.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(at, 2), nullptr, 16)));
    }
    return octets;
}

} // namespace fwlearn::collector::test
