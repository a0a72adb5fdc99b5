#include "simulated_drops.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>
#include <model/number.hpp>

namespace fwlearn::cli {

collector::SimulatedDrops parse_simulated_drops(std::string_view text) {
    constexpr unsigned largest = 1'000'000'000;
    const auto slash = text.find('/');
    if (slash != std::string_view::npos && slash > 0 && slash + 1 < text.size()) {
        const auto drop = model::parse_integer<unsigned>(text.substr(0, slash), largest);
        const auto of = model::parse_integer<unsigned>(text.substr(slash + 1), largest);
        if (drop && of && *drop > 0 && *drop <= *of) {
            return {*drop, *of};
        }
    }
    throw model::UsageError(
        "--simulate-drops takes how many of how many messages to throw away, as 1/100, not " +
        model::for_terminal(model::ForeignText(std::string(text))));
}

} // namespace fwlearn::cli
