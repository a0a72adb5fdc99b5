// Which flows are part of a flood or a scan: somebody reached, within an hour, more destinations than
// anything that works does, or hundreds of which hardly one answered. What the same sender also reached in an
// hour without one is none. Looks at the record once, so that each flow's answer is quick. Pure. Private to
// this room; called by select.
#pragma once

#include <model/record.hpp>

#include <tsl/robin_map.h>

#include <optional>
#include <set>
#include <string>
#include <tuple>

namespace fwlearn::analyzer {

class Floods {
  public:
    /// The record must live as long.
    explicit Floods(const model::Record& record);

    /// Nothing where the flow is part of none; else fwlearn's own words, printable ASCII: whose, and how
    /// much of it there was.
    [[nodiscard]] std::optional<std::string> reason_for(const model::Flow& flow) const;
    /// The words of each, in the order of users.
    [[nodiscard]] std::vector<std::string> lines() const;

  private:
    struct User {
        model::OwnerKind kind;
        std::uint32_t uid;
        auto operator<=>(const User&) const = default;
    };
    struct Sender {
        User user;
        model::ProcessId process;
        model::TaskId task;
        auto operator<=>(const Sender&) const = default;
    };
    struct Tally {
        std::uint64_t destinations = 0;
        std::uint64_t failed = 0; ///< of these: nobody answered, or they were refused
    };
    using Hours = std::set<model::Hour>;

    static User user_of(const model::FlowKey& key) { return {key.owner.kind, key.owner.uid}; }
    static Sender sender_of(const model::FlowKey& key) { return {user_of(key), key.process, key.task}; }
    static bool is_part(const model::Flow& flow, const Hours& hours);

    [[nodiscard]] std::set<User> busy_users() const;
    void find_hours();
    void find_words();
    [[nodiscard]] std::string words_for(const Sender& sender) const;

    const model::Record& record_;
    std::map<Sender, Hours> floods_; ///< with the hours beside, which may have its beginning or its end
    Hours all_;
    std::map<Sender, std::string> words_;
};

} // namespace fwlearn::analyzer
