#include "accumulator.hpp"

#include "number.hpp"

#include <model/ascii.hpp>
#include <model/errors.hpp>
#include <model/mixed.hpp>

#include <algorithm>
#include <tuple>

namespace fwlearn::import {
namespace {

constexpr std::size_t most_complaints = 10;
/// A month of a busy server is far below; beyond it memory would run out before the file does.
constexpr std::size_t most_rows = 2'000'000;
/// RFC 1035, 2.3.4: 255 octets on the wire are at most 253 characters.
constexpr std::size_t longest_name = 253;

void add_bounded(std::uint64_t& sum, std::uint64_t more) {
    sum = more > largest_count - std::min(sum, largest_count) ? largest_count : sum + more;
}

void add_bounded(model::FlowCounts& sum, const model::FlowCounts& more) {
    using Counts = model::FlowCounts;
    for (const auto member :
         {&Counts::count, &Counts::answered, &Counts::refused, &Counts::unanswered, &Counts::already_open,
          &Counts::packets_out, &Counts::bytes_out, &Counts::packets_in, &Counts::bytes_in}) {
        add_bounded(sum.*member, more.*member);
    }
    sum.first_seen = std::min(sum.first_seen, more.first_seen);
    sum.last_seen = std::max(sum.last_seen, more.last_seen);
}

std::string canonical_name(std::string_view name) {
    if (name.ends_with('.')) {
        name.remove_suffix(1);
    }
    if (name.size() > longest_name) {
        return {};
    }
    return model::lower_case(name);
}

} // namespace

std::size_t Accumulator::Hash::operator()(const FlowRow& row) const noexcept {
    const auto hour = static_cast<std::uint64_t>(row.hour.time_since_epoch().count());
    return static_cast<std::size_t>(model::mixed(hour, std::hash<model::FlowKey>{}(row.key)));
}

std::size_t Accumulator::Hash::operator()(const NameRow& row) const noexcept {
    return std::hash<model::Address>{}(row.address) * 31U ^ std::hash<model::ForeignText>{}(row.name);
}

Accumulator::Accumulator(model::ForeignText name, model::ObservationSource source)
    : name_(model::for_terminal(name)) {
    imported_.observation.source = source;
    imported_.observation.host = std::move(name);
}

void Accumulator::bad(const Line& line, std::string_view why) {
    ++imported_.bad;
    if (imported_.complaints.size() < most_complaints) {
        imported_.complaints.push_back(name_ + ":" + std::to_string(line.number) + ": " + std::string(why));
    }
}

void Accumulator::saw(model::Timestamp time) {
    earliest_ = std::min(earliest_, time);
    latest_ = std::max(latest_, time);
}

void Accumulator::refuse_more() const {
    if (flows_.size() + names_.size() >= most_rows) {
        throw model::UsageError(name_ + ": more than " + std::to_string(most_rows) +
                                " distinct flows and names; split the file by time and import the parts");
    }
}

void Accumulator::add(const model::FlowKey& key, const model::FlowCounts& counts) {
    const auto [row, inserted] = flows_.try_emplace({key, model::hour_of(counts.first_seen)}, counts);
    if (inserted) {
        refuse_more();
    } else {
        add_bounded(row.value(), counts);
    }
    if (counts.packets_out != 0 || counts.bytes_out != 0) {
        imported_.observation.accounting = true;
    }
    saw(counts.first_seen);
    saw(counts.last_seen);
}

void Accumulator::bind(const model::Address& address, std::string_view name,
                       const model::NameBinding& evidence) {
    std::string canonical = canonical_name(name);
    if (canonical.empty()) {
        return;
    }
    model::NameBinding binding = evidence;
    binding.address = address;
    binding.name = model::ForeignText(std::move(canonical));
    const auto [row, inserted] =
        names_.try_emplace({address, binding.name, binding.process, binding.source}, binding);
    if (inserted) {
        refuse_more();
        return;
    }
    auto& sum = row.value();
    add_bounded(sum.count, binding.count);
    sum.first_seen = std::min(sum.first_seen, binding.first_seen);
    sum.last_seen = std::max(sum.last_seen, binding.last_seen);
}

Imported Accumulator::finish() {
    if (understood() == 0) {
        throw model::UsageError(imported_.complaints.empty()
                                    ? name_ + ": holds no record"
                                    : "no line could be understood: " + imported_.complaints.front());
    }
    auto& batch = imported_.batch;
    batch.flows.reserve(flows_.size());
    for (const auto& [row, counts] : flows_) {
        batch.flows.push_back({row.key, row.hour, counts});
    }
    std::sort(batch.flows.begin(), batch.flows.end(), [](const auto& left, const auto& right) {
        return std::tie(left.key, left.hour) < std::tie(right.key, right.hour);
    });
    batch.names.reserve(names_.size());
    for (const auto& [row, binding] : names_) {
        batch.names.push_back(binding);
    }
    std::sort(batch.names.begin(), batch.names.end(), [](const auto& left, const auto& right) {
        return std::tie(left.address, left.name, left.process) <
               std::tie(right.address, right.name, right.process);
    });
    if (imported_.bad > 0) {
        batch.gaps.push_back({earliest_, latest_, model::GapReason::malformed_input, imported_.bad});
    }
    imported_.observation.started = earliest_;
    imported_.observation.last_alive = latest_;
    imported_.observation.ended = latest_;
    return std::move(imported_);
}

} // namespace fwlearn::import
