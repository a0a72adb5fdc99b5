#include "span_check.hpp"

#include "cli/time_argument.hpp"

#include <model/errors.hpp>

namespace fwlearn::cli {

CLI::Validator span_between(const std::string& least, const std::string& most) {
    const auto check = [least, most](const std::string& text) {
        try {
            const auto span = parse_duration(text);
            return span < parse_duration(least) || span > parse_duration(most)
                       ? "it takes from " + least + " to " + most
                       : std::string();
        } catch (const model::UsageError& error) {
            return std::string(error.what());
        }
    };
    return CLI::Validator(check, "");
}

} // namespace fwlearn::cli
