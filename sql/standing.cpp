#include "standing.hpp"

namespace fwlearn::sql {

void Standing::note(const model::Batch& batch) {
    for (const auto& program : batch.programs) {
        programs_.insert_or_assign(program.path, program);
    }
    if (batch.configured) {
        configured_ = batch.configured;
    }
    if (batch.schedules) {
        schedules_ = batch.schedules;
    }
}

model::Batch Standing::added_to(const model::Batch& batch) const {
    model::Batch all = batch;
    all.programs.clear();
    for (const auto& [path, program] : programs_) {
        all.programs.push_back(program);
    }
    // The last of a path is what the record holds.
    all.programs.insert(all.programs.end(), batch.programs.begin(), batch.programs.end());
    if (!all.configured) {
        all.configured = configured_;
    }
    if (!all.schedules) {
        all.schedules = schedules_;
    }
    return all;
}

} // namespace fwlearn::sql
