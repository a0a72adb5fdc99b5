// Numbers for lineages that nobody else has numbered: the same process as it was has the same number.
// Bounded. Used by the sources that look processes up themselves.
#pragma once

#include "collector/process/lineage.hpp"

#include <map>
#include <optional>
#include <utility>

namespace fwlearn::collector::process {

class NumberedLineages {
  public:
    std::uint64_t number_of(const Lineage& lineage) {
        const std::pair key{lineage.process.pid, lineage.process.started};
        const auto known = numbers_.find(key);
        if (known != numbers_.end() && lineages_.at(known->second) == lineage) {
            return known->second;
        }
        if (lineages_.size() >= kept) {
            lineages_.clear();
            numbers_.clear();
        }
        lineages_.emplace(++last_number_, lineage);
        numbers_[key] = last_number_;
        return last_number_;
    }
    [[nodiscard]] std::optional<Lineage> find(std::uint64_t number) const {
        const auto position = lineages_.find(number);
        return position == lineages_.end() ? std::nullopt : std::optional(position->second);
    }

  private:
    static constexpr std::size_t kept = 4096;
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> numbers_;
    std::map<std::uint64_t, Lineage> lineages_;
    std::uint64_t last_number_ = 0;
};

} // namespace fwlearn::collector::process
