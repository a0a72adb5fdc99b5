// Pseudonyms for what a record tells of its host: addresses, names, users, paths, units, tasks. The same
// for the same as long as one Redactor lives, and of the same shape where that decides which rules are made.
// docs/export.md says what is hidden and what is not. Pure; the key is the caller's. Called by cli.
#pragma once

#include <model/record.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace fwlearn::analyzer {

class Redactor {
  public:
    /// `key` is secret, and of 32 octets at best. Numbers of users are given out in an order that it decides,
    /// to all that `record` has.
    Redactor(std::string key, const model::Record& record);

    /// Flows and names with their identities, and nothing else of `record`: no observation, gap, setting,
    /// schedule. Command lines are left out.
    model::Record redact(const model::Record& record);

    model::Address address(const model::Address& address);
    /// Label by label, but for the public suffix (publicsuffix.org, of ICANN's part).
    model::ForeignText name(const model::ForeignText& name);
    model::ForeignText path(const model::ForeignText& path);
    /// With its type, as .service, and the beginnings that systemd gives to what does not last.
    model::ForeignText unit(const model::ForeignText& unit);
    /// Path in the hierarchy: units, one below another.
    model::ForeignText cgroup(const model::ForeignText& cgroup);

  private:
    [[nodiscard]] std::string octets(char kind, std::string_view text) const;
    [[nodiscard]] std::string pseudonym(char kind, std::string_view text) const;
    model::ForeignText word(char kind, const model::ForeignText& text);
    std::string unit_name(std::string_view unit);
    std::uint32_t number(std::map<std::uint32_t, std::uint32_t>& numbers, std::uint32_t id);
    void number_all(std::map<std::uint32_t, std::uint32_t>& numbers, const std::set<std::uint32_t>& ids);
    model::Process process(const model::Process& process);
    model::Task task(const model::Task& task);
    model::SocketOwner owner(const model::SocketOwner& owner);

    std::string key_;
    std::map<model::Address, model::Address> addresses_;
    std::map<std::uint32_t, std::uint32_t> uids_;
    std::map<std::uint32_t, std::uint32_t> gids_;
};

} // namespace fwlearn::analyzer
