#include "span_check.hpp"

#include "cli/time_argument.hpp"

#include <model/errors.hpp>

namespace fwlearn::cli {
namespace {

/// What is wrong with it; empty: nothing.
std::string objection(const std::string& text, const std::string& least, const std::string& most) {
    try {
        const auto span = parse_duration(text);
        return span < parse_duration(least) || span > parse_duration(most)
                   ? "it takes from " + least + " to " + most
                   : std::string();
    } catch (const model::UsageError& error) {
        return error.what();
    }
}

} // namespace

CLI::Validator span_between(const std::string& least, const std::string& most) {
    return CLI::Validator([least, most](const std::string& text) { return objection(text, least, most); },
                          "");
}

CLI::Validator span_between_or_forever(const std::string& least, const std::string& most) {
    return CLI::Validator(
        [least, most](const std::string& text) {
            const auto why = text == "forever" ? std::string() : objection(text, least, most);
            return why.empty() ? why : why + ", or forever";
        },
        "");
}

} // namespace fwlearn::cli
