#include "cover.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

using namespace fwlearn;
using analyzer::Box;
using analyzer::Cell;

namespace {

/// Which of 0 to 11 senders (rows) reach which of 0 to 11 places, for service 0.
std::vector<Cell> cells_of(const std::vector<const char*>& rows) {
    std::vector<Cell> cells;
    for (std::uint32_t sender = 0; sender < rows.size(); ++sender) {
        for (std::uint32_t place = 0; rows[sender][place] != '\0'; ++place) {
            if (rows[sender][place] == 'x') {
                cells.push_back({sender, place, 0});
            }
        }
    }
    return cells;
}

std::map<Cell, std::size_t> held_by(const std::vector<Box>& boxes) {
    std::map<Cell, std::size_t> times;
    for (const auto& box : boxes) {
        for (const auto sender : box[0]) {
            for (const auto place : box[1]) {
                for (const auto service : box[2]) {
                    ++times[{sender, place, service}];
                }
            }
        }
    }
    return times;
}

/// Every cell, and nothing else; no box in vain; no two that are one.
void check_whole(const std::vector<Cell>& cells, const std::vector<Box>& boxes) {
    const auto times = held_by(boxes);
    REQUIRE(times.size() == cells.size());
    for (const auto& cell : cells) {
        REQUIRE(times.contains(cell));
    }
    for (const auto& box : boxes) {
        bool needed = false;
        for (const auto& [cell, count] : held_by({box})) {
            needed = needed || times.at(cell) == 1;
        }
        REQUIRE(needed);
        for (const auto& other : boxes) {
            const int same = (box[0] == other[0]) + (box[1] == other[1]) + (box[2] == other[2]);
            REQUIRE((&box == &other || same < 2));
        }
    }
}

} // namespace

TEST_CASE("senders, places and services that all go with each other are one box") {
    std::vector<Cell> cells;
    for (std::uint32_t sender = 3; sender < 6; ++sender) {
        for (std::uint32_t place = 0; place < 4; ++place) {
            cells.push_back({sender, place, 1});
            cells.push_back({sender, place, 7});
        }
    }
    CHECK(analyzer::cover(cells) == std::vector<Box>{{{{3, 4, 5}, {0, 1, 2, 3}, {1, 7}}}});
    CHECK(analyzer::cover({}).empty());
}

TEST_CASE("boxes may overlap where that makes them fewer") {
    // Rows and columns alone make four.
    const auto cells = cells_of({"xxx..", "xxxx.", "..xxx", "..xxx"});
    const auto boxes = analyzer::cover(cells);
    check_whole(cells, boxes);
    CHECK(boxes.size() == 3);
    // Three overlapping ones are enough for what no two share, in any direction.
    const auto ring = cells_of({"xx.", ".xx", "x.x"});
    CHECK(analyzer::cover(ring).size() == 3);
}

TEST_CASE("what hangs together nowhere is not put together") {
    const auto cells = cells_of({"x..", ".x.", "..x"});
    CHECK(analyzer::cover(cells).size() == 3);
}

TEST_CASE("a cover is whole, also of more cells than can be searched, and the same for the same cells") {
    std::mt19937 random(7);
    for (int round = 0; round < 60; ++round) {
        CAPTURE(round);
        const auto senders = 1 + random() % 9;
        const auto places = 1 + random() % (round % 30 == 0 ? 300 : 9);
        const auto services = 1 + random() % 4;
        const auto share = 1 + random() % 9;
        std::vector<Cell> cells;
        for (std::uint32_t sender = 0; sender < senders; ++sender) {
            for (std::uint32_t place = 0; place < places; ++place) {
                for (std::uint32_t service = 0; service < services; ++service) {
                    if (random() % 10 < share) {
                        cells.push_back({sender, place, service});
                    }
                }
            }
        }
        const auto boxes = analyzer::cover(cells);
        check_whole(cells, boxes);
        CHECK(boxes == analyzer::cover(cells));
    }
}
