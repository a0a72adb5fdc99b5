// The members of a JSON object, checked: absent, null and well-formed are told apart from the wrong type.
// Knows nothing of which keys there are. Called by import/jsonl.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fwlearn::import {

class JsonFields {
  public:
    explicit JsonFields(const nlohmann::json& object) : object_(object) {}

    // Each gives nothing for a key that is absent or null, and also for one of the wrong type, which wrong()
    // then names.
    std::optional<std::string> text(const char* key);
    std::optional<std::uint64_t> number(const char* key, std::uint64_t largest);
    std::optional<bool> flag(const char* key);
    const nlohmann::json* object(const char* key);
    std::vector<std::string> texts(const char* key);

    /// A key whose value was not what was asked for; the one that was asked for first.
    [[nodiscard]] std::optional<std::string> wrong() const { return wrong_; }
    void refuse(const char* key);

  private:
    const nlohmann::json* find(const char* key) const;

    const nlohmann::json& object_;
    std::optional<std::string> wrong_;
};

} // namespace fwlearn::import
