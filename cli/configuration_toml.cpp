#include "cli/configuration_toml.hpp"

#include "toml_document.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::cli {
namespace {

/// A setting, and where it stands, to put them in the text's order: toml++ has them in that of the alphabet.
struct Placed {
    toml::source_position at;
    Setting setting;
};

class Reader {
  public:
    explicit Reader(const std::string& file) : file_(file) {}

    std::vector<Setting> read(const toml::table& document) {
        for (const auto& [key, node] : document) {
            if (const auto* const table = node.as_table()) {
                add({}, key, node, std::string(key.str()));
                for (const auto& [inner, value] : *table) {
                    add(value_of(inner, value), inner, value, std::string(key.str()),
                        std::string(inner.str()));
                }
            } else {
                add(value_of(key, node), key, node, {}, std::string(key.str()));
            }
        }
        std::stable_sort(placed_.begin(), placed_.end(),
                         [](const Placed& one, const Placed& other) { return one.at < other.at; });
        std::vector<Setting> settings;
        settings.reserve(placed_.size());
        for (auto& one : placed_) {
            settings.push_back(std::move(one.setting));
        }
        return settings;
    }

  private:
    void add(decltype(Setting::value) value, const toml::key& key, const toml::node& node, std::string table,
             std::string name = {}) {
        if (key.str().empty()) { // else it would be taken for what has none
            refuse_toml(file_, key.source(), "a name is empty");
        }
        placed_.push_back({key.source().begin,
                           {std::move(table), std::move(name), std::move(value), place(key.source()),
                            place(node.source())}});
    }

    [[nodiscard]] std::string place(const toml::source_region& where) const {
        return fmt::format("{}:{}:{}", model::for_terminal(model::ForeignText(file_)), where.begin.line,
                           where.begin.column);
    }

    [[nodiscard]] decltype(Setting::value) value_of(const toml::key& key, const toml::node& node) const {
        if (const auto* const truth = node.as_boolean()) {
            return truth->get();
        }
        if (const auto* const number = node.as_integer()) {
            return number->get();
        }
        const auto* const text = node.as_string();
        if (node.is_array_of_tables()) {
            refuse_toml(file_, node.source(),
                        "one pair of brackets is enough: [" +
                            model::for_terminal(model::ForeignText(key.str())) + "]");
        }
        if (text == nullptr) {
            refuse_toml(file_, node.source(),
                        in_quotes(key.str()) + " takes a text in quotes, a whole number, or true or false");
        }
        if (text->get().empty()) {
            refuse_toml(file_, node.source(), in_quotes(key.str()) + " is empty");
        }
        if (text->get().find('\0') != std::string::npos) {
            refuse_toml(file_, node.source(), in_quotes(key.str()) + " holds a NUL");
        }
        return text->get();
    }

    const std::string& file_;
    std::vector<Placed> placed_;
};

} // namespace

std::vector<Setting> parse_configuration(std::string_view text, const std::string& file) {
    return Reader(file).read(parse_toml(text, file, "configuration"));
}

} // namespace fwlearn::cli
