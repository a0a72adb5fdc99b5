#include "analyzer/render/difference.hpp"

#include "rule_document.hpp"
#include "rule_words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

std::string listed(const std::vector<model::ForeignText>& places, const char* mark) {
    constexpr std::size_t most = 8;
    std::string text;
    for (std::size_t index = 0; index < std::min(most, places.size()); ++index) {
        text += fmt::format(" {}{}", mark, model::for_terminal(places[index]));
    }
    return places.size() > most ? text + fmt::format(" and {} more", places.size() - most) : text;
}

std::string rule_line(const char* mark, const model::Rule& rule) {
    return fmt::format("{} {} {} {}{}{}:{}", mark, rule.id, selector_words(rule.selectors),
                       service_words(rule), rule.by_name.empty() ? "" : " by name", purpose_words(rule),
                       listed(destinations_of(rule), ""));
}

Json texts(const std::vector<model::ForeignText>& places) {
    Json list = Json::array();
    for (const auto& place : places) {
        list.push_back(place.raw_bytes());
    }
    return list;
}

} // namespace

std::string render_difference(const RuleChange& change) {
    if (!change.after) {
        return rule_line("-", *change.before);
    }
    if (!change.before) {
        return rule_line("+", *change.after);
    }
    return fmt::format("~ {} is {} now, {} {}:{}{}", change.before->id, change.after->id,
                       selector_words(change.after->selectors), service_words(*change.after),
                       listed(change.gone, "-"), listed(change.come, "+"));
}

std::string difference_to_json(const RuleChange& change) {
    Json document{{"change", !change.after ? "removed" : !change.before ? "added" : "changed"}};
    document["before"] = change.before ? rule_document(*change.before, {}) : Json(nullptr);
    document["after"] = change.after ? rule_document(*change.after, {}) : Json(nullptr);
    if (change.before && change.after) {
        document["gone"] = texts(change.gone);
        document["come"] = texts(change.come);
    }
    return dump(document);
}

} // namespace fwlearn::analyzer
