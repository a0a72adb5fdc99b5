#include "collector/process/attributor.hpp"

#include "source.hpp"

#include <model/errors.hpp>

namespace fwlearn::collector::process {

using Means = model::AttributionMeans;

Attributor::Attributor(Means best) {
    bool good_enough = false;
    for (const auto& [means, make] : {std::pair{Means::bpf, &bpf_source},
                                      {Means::hooks, &hook_source},
                                      {Means::sockets, &socket_source}}) {
        good_enough = good_enough || means == best;
        if (!good_enough) {
            continue;
        }
        try {
            source_ = make();
            means_ = means;
            return;
        } catch (const model::SystemError& error) {
            why_not_better_ = why_not_better_.empty() ? error.what() : why_not_better_;
        }
    }
}

Attributor::~Attributor() = default;

model::AttributionMeans Attributor::means() const {
    return means_;
}

const std::string& Attributor::why_not_better() const {
    return why_not_better_;
}

std::optional<Sighting> Attributor::find(const Tuple& tuple, Moment not_after) {
    return source_ ? source_->find(tuple, not_after) : std::nullopt;
}

std::optional<Lineage> Attributor::lineage(std::uint64_t number) {
    return source_ ? source_->lineage(number) : std::nullopt;
}

void Attributor::give_up() {
    if (source_) {
        source_->give_up();
    }
}

void Attributor::keep_living() {
    if (source_) {
        source_->keep_living();
    }
}

std::vector<std::pair<std::string, std::uint64_t>> Attributor::counters() const {
    return source_ ? source_->counters() : std::vector<std::pair<std::string, std::uint64_t>>();
}

std::uint64_t Attributor::not_filed() const {
    return source_ ? source_->not_filed() : 0;
}

} // namespace fwlearn::collector::process
