// Which addresses are the observed server's own: what `--local ADDR|CIDR` says.
// Knows nothing of log formats. Made by cli, asked by import/zeek.
#pragma once

#include <model/prefix.hpp>

#include <span>
#include <string>
#include <vector>

namespace fwlearn::import {

class Locals {
  public:
    /// Nothing was said: the log itself must tell (Zeek's local_orig).
    Locals() = default;
    explicit Locals(std::vector<model::Prefix> prefixes) : prefixes_(std::move(prefixes)) {}

    /// From the words of the command line; throws model::UsageError for one that is no address or prefix.
    static Locals parse(std::span<const std::string> words);

    [[nodiscard]] bool empty() const { return prefixes_.empty(); }
    [[nodiscard]] bool contains(const model::Address& address) const;

  private:
    std::vector<model::Prefix> prefixes_;
};

} // namespace fwlearn::import
