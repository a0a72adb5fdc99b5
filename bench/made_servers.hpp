// Servers that are made up, each the hard case of some of fwlearn's verbs, and their records, of as many
// aggregated rows as are asked for. Know nothing of the verbs. Used by bench/analysis_cost.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace fwlearn::bench {

/// A busy week: sixty senders of forty units; resolvers and a clock that all of them use; a tenth of the
/// flows by names on shared addresses; peers that never come twice, as a mail server or a crawler has.
void store_busy_week(const std::filesystem::path& database, std::size_t rows);

/// A week of fifty users that a whitelist admits, and among it, one in `one_in`, what it does not: each to a
/// place of its own, so that each is a finding.
void store_admitted_week(const std::filesystem::path& database, std::size_t rows, unsigned one_in);
/// That whitelist, of 500 rules, half of them by name, in JSON.
std::string admitting_whitelist();

/// A year of fifty services. Each reaches new places as time goes by, and each of its places again and again
/// from then on, in some fifty hours.
void store_year(const std::filesystem::path& database, std::size_t rows);

} // namespace fwlearn::bench
