// A record that a benchmark makes up, of as many rows as it is told: written in pieces, so that a large one
// needs little memory. Knows nothing of what is in it. Used by the made servers.
#pragma once

#include <model/identities.hpp>
#include <model/record.hpp>
#include <sql/writer.hpp>

#include <chrono>
#include <filesystem>
#include <unordered_set>

namespace fwlearn::bench {

class MadeRecord {
  public:
    static constexpr model::Timestamp start{std::chrono::hours(490'000)};

    /// Of a host that was observed from `start` on for so long.
    MadeRecord(const std::filesystem::path& database, std::chrono::hours observed);

    [[nodiscard]] model::Identities& identities() { return identities_; }
    [[nodiscard]] std::size_t rows() const { return rows_; }

    /// A flow that began in that minute, answered.
    static model::FlowDelta flow(const model::FlowKey& key, model::Timestamp moment, std::uint64_t count);

    void add(const model::FlowDelta& flow);
    void add(const model::NameBinding& binding) { batch_.names.push_back(binding); }
    /// False, where there is one already; or, which happens to one key in 10^12 and only makes it be left
    /// out, another one with the same hash.
    bool is_new(const model::FlowKey& key) { return keys_.insert(std::hash<model::FlowKey>{}(key)).second; }

    void finish();

  private:
    void commit();

    sql::Writer writer_;
    model::Timestamp last_alive_;
    model::Identities identities_;
    model::Batch batch_;
    std::size_t rows_ = 0;
    std::unordered_set<std::size_t> keys_;
};

} // namespace fwlearn::bench
