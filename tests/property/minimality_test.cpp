// The fewest rules, judged by another: GLPK solves each instance as an integer programme over all maximal
// rectangles, found by trying every set of senders.
#include "random_record.hpp"

#include <analyzer/suggest.hpp>
#include <analyzer/verdict.hpp>

#include <doctest/doctest.h>
#include <glpk.h>

#include <memory>
#include <random>

using namespace fwlearn;
using namespace tests;

namespace {

constexpr unsigned side = 12;

/// Which of 12 senders reach which of 12 destinations.
using Matrix = std::array<std::uint32_t, side>; ///< a bit a destination

struct Rectangle {
    std::uint32_t senders = 0;
    std::uint32_t destinations = 0;
};

/// None of them is part of another.
std::vector<Rectangle> maximal_rectangles(const Matrix& matrix) {
    std::vector<Rectangle> rectangles;
    for (std::uint32_t senders = 1; senders < 1U << side; ++senders) {
        std::uint32_t common = (1U << side) - 1;
        for (unsigned sender = 0; sender < side; ++sender) {
            common &= (senders >> sender & 1U) != 0 ? matrix[sender] : ~0U;
        }
        std::uint32_t all_senders = 0;
        for (unsigned sender = 0; sender < side; ++sender) {
            all_senders |= (matrix[sender] & common) == common ? 1U << sender : 0;
        }
        if (common != 0 && all_senders == senders) {
            rectangles.push_back({senders, common});
        }
    }
    return rectangles;
}

/// GLPK numbers rows and columns from 1.
std::size_t optimum(const Matrix& matrix) {
    const auto rectangles = maximal_rectangles(matrix);
    if (rectangles.empty()) {
        return 0;
    }
    const std::unique_ptr<glp_prob, void (*)(glp_prob*)> problem(glp_create_prob(), glp_delete_prob);
    glp_set_obj_dir(problem.get(), GLP_MIN);
    glp_add_cols(problem.get(), static_cast<int>(rectangles.size()));
    for (int column = 1; column <= static_cast<int>(rectangles.size()); ++column) {
        glp_set_col_kind(problem.get(), column, GLP_BV);
        glp_set_obj_coef(problem.get(), column, 1.0);
    }
    for (unsigned sender = 0; sender < side; ++sender) {
        for (unsigned destination = 0; destination < side; ++destination) {
            if ((matrix[sender] >> destination & 1U) == 0) {
                continue;
            }
            std::vector<int> columns{0};
            for (std::size_t index = 0; index < rectangles.size(); ++index) {
                if ((rectangles[index].senders >> sender & 1U) != 0 &&
                    (rectangles[index].destinations >> destination & 1U) != 0) {
                    columns.push_back(static_cast<int>(index) + 1);
                }
            }
            const std::vector<double> ones(columns.size(), 1.0);
            const int row = glp_add_rows(problem.get(), 1);
            glp_set_row_bnds(problem.get(), row, GLP_LO, 1.0, 0.0);
            glp_set_mat_row(problem.get(), row, static_cast<int>(columns.size()) - 1, columns.data(),
                            ones.data());
        }
    }
    glp_iocp parameters;
    glp_init_iocp(&parameters);
    parameters.presolve = GLP_ON;
    parameters.msg_lev = GLP_MSG_OFF;
    REQUIRE(glp_intopt(problem.get(), &parameters) == 0);
    REQUIRE(glp_mip_status(problem.get()) == GLP_OPT);
    return static_cast<std::size_t>(glp_mip_obj_val(problem.get()) + 0.5);
}

/// Destinations: 12 addresses, or 4 addresses with 3 ports each.
model::Record record_of(const Matrix& matrix, bool with_ports) {
    model::Record record;
    for (unsigned sender = 0; sender < side; ++sender) {
        for (unsigned destination = 0; destination < side; ++destination) {
            if ((matrix[sender] >> destination & 1U) == 0) {
                continue;
            }
            model::Flow flow;
            flow.key.owner = model::SocketOwner::user(100 + sender, 100);
            const auto place = with_ports ? destination / 3 : destination;
            const auto port = static_cast<std::uint16_t>(with_ports ? 8000 + destination % 3 : 443);
            flow.key.destination = {model::Service::port(model::protocol::tcp, port),
                                    model::Address::v4(0xc6336400U + 2 * place)};
            flow.counts.count = 1;
            record.flows.push_back(flow);
        }
    }
    return record;
}

/// Random ones, and such as servers have: a few services, each needed by some of the senders.
Matrix random_matrix(std::mt19937& random) {
    Matrix matrix{};
    const auto tenths = 1 + random() % 9;
    if (random() % 2 == 0) {
        for (auto& row : matrix) {
            for (unsigned destination = 0; destination < side; ++destination) {
                row |= random() % 10 < tenths ? 1U << destination : 0;
            }
        }
        return matrix;
    }
    const auto shared = 2 + random() % 8;
    for (unsigned service = 0; service < shared; ++service) {
        const auto senders = static_cast<unsigned>(random() & random());
        const auto destinations = static_cast<unsigned>(random() & random());
        for (unsigned sender = 0; sender < side; ++sender) {
            matrix[sender] |= (senders >> sender & 1U) != 0 ? destinations & ((1U << side) - 1) : 0;
        }
    }
    return matrix;
}

std::size_t instances() {
#ifdef FWLEARN_SANITIZED
    return 10;
#else
    const char* const full = std::getenv("FWLEARN_FULL");
    return full != nullptr && std::string_view(full) == "1" ? 1000 : 100;
#endif
}

} // namespace

TEST_CASE("of 12 senders and 12 destinations the rules are the fewest, as an independent solver finds them") {
    std::mt19937 random(1);
    std::size_t best = 0;
    std::size_t entries = 0;
    for (std::size_t instance = 0; instance < instances(); ++instance) {
        CAPTURE(instance);
        const auto matrix = random_matrix(random);
        const auto whitelist = analyzer::suggest(record_of(matrix, false), {.by_address = true});
        const auto fewest = optimum(matrix);
        REQUIRE(whitelist.rules.size() >= fewest);
        REQUIRE(whitelist.rules.size() <= fewest + 1);
        best += whitelist.rules.size() == fewest ? 1 : 0;
        entries += fewest;
    }
    MESSAGE(best, " of ", instances(), " are the optimum; ", entries, " rules in all");
    CHECK(best * 100 >= instances() * 95);
    CHECK(entries > instances() * 3);
}

TEST_CASE("many senders' rules: none can go, no two are one, and nothing is admitted that nobody needed") {
    std::mt19937 random(2);
    std::size_t shared = 0;
    for (std::size_t instance = 0; instance < instances(); ++instance) {
        CAPTURE(instance);
        const auto record = record_of(random_matrix(random), instance % 2 == 0);
        const auto whitelist = analyzer::suggest(record, {.by_address = true});
        std::vector<std::size_t> alone(whitelist.rules.size(), 0);
        for (unsigned sender = 0; sender < side; ++sender) {
            for (unsigned place = 0; place < side; ++place) {
                for (const auto port : std::vector<std::uint16_t>{443, 8000, 8001, 8002}) {
                    const analyzer::Packet packet{model::SocketOwner::user(100 + sender, 100),
                                                  {model::Service::port(model::protocol::tcp, port),
                                                   model::Address::v4(0xc6336400U + 2 * place)}};
                    const bool needed =
                        std::any_of(record.flows.begin(), record.flows.end(), [&](const auto& flow) {
                            return flow.key.owner == packet.owner &&
                                   flow.key.destination == packet.destination;
                        });
                    REQUIRE(analyzer::verdict(whitelist, packet).accepted == needed);
                    std::vector<std::size_t> admitting;
                    for (std::size_t index = 0; index < whitelist.rules.size(); ++index) {
                        model::Whitelist one;
                        one.rules = {whitelist.rules[index]};
                        if (analyzer::verdict(one, packet).accepted) {
                            admitting.push_back(index);
                        }
                    }
                    if (admitting.size() == 1) {
                        ++alone[admitting.front()];
                    }
                }
            }
        }
        for (std::size_t index = 0; index < whitelist.rules.size(); ++index) {
            const auto& rule = whitelist.rules[index];
            REQUIRE(alone[index] > 0);
            REQUIRE(rule.beyond == 0);
            shared += rule.selectors.size() > 1 ? 1 : 0;
            for (std::size_t other = 0; other < index; ++other) {
                const auto& second = whitelist.rules[other];
                const int same = (rule.selectors == second.selectors) + (rule.details == second.details) +
                                 (rule.addresses == second.addresses);
                REQUIRE(same < 2);
            }
        }
    }
    CHECK(shared > instances());
}
