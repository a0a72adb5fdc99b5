#include "exposition.hpp"

#include <fmt/format.h>

namespace fwlearn::cli {
namespace {

/// "label_value can be any sequence of UTF-8 characters, but the backslash, double-quote and line feed
/// characters have to be escaped": after for_terminal() there are only the first two.
std::string label_value(const model::ForeignText& text) {
    std::string escaped;
    for (const char character : model::for_terminal(text)) {
        if (character == '\\' || character == '"') {
            escaped += '\\';
        }
        escaped += character;
    }
    return escaped;
}

} // namespace

void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

void Exposition::sample(double value, const std::vector<Label>& labels) {
    text_ += name_;
    for (std::size_t index = 0; index < labels.size(); ++index) {
        text_ += fmt::format("{}{}=\"{}\"", index == 0 ? '{' : ',', labels[index].name,
                             label_value(labels[index].value));
    }
    text_ += fmt::format("{} {}\n", labels.empty() ? "" : "}", value);
}

} // namespace fwlearn::cli
