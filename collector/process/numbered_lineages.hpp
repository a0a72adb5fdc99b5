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
        const auto known = now_.numbers.find(key);
        if (known != now_.numbers.end() && now_.lineages.at(known->second) == lineage) {
            return known->second;
        }
        if (now_.lineages.size() >= kept) {
            before_ = std::exchange(now_, {});
        }
        now_.lineages.emplace(++last_number_, lineage);
        now_.numbers[key] = last_number_;
        return last_number_;
    }
    /// Whatever was numbered is found until as many again have been numbered.
    [[nodiscard]] std::optional<Lineage> find(std::uint64_t number) const {
        for (const auto* generation : {&now_, &before_}) {
            if (const auto found = generation->lineages.find(number); found != generation->lineages.end()) {
                return found->second;
            }
        }
        return std::nullopt;
    }

  private:
    static constexpr std::size_t kept = 4096;
    struct Generation {
        std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> numbers;
        std::map<std::uint64_t, Lineage> lineages;
    };
    Generation now_, before_;
    std::uint64_t last_number_ = 0;
};

} // namespace fwlearn::collector::process
