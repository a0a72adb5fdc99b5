#pragma once
#include <model/record.hpp>

#include <span>
#include <string>
namespace fwlearn::analyzer {
struct ObservedDay {
    std::chrono::sys_days date;
    std::chrono::seconds observed{0};
};
struct UnseenMass {
    std::optional<double> estimate, upper95;
    std::string cannot_tell;
};
inline UnseenMass unseen_mass(const model::Record&, std::span<const ObservedDay>) {
    return {std::nullopt, std::nullopt, "placeholder"};
}
} // namespace fwlearn::analyzer
