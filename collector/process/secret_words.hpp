// Tells secrets by their names and by their looks: `--db-password`, `AKIA...`. Knows no command lines. Pure,
// linear. Used by the redaction.
#pragma once

#include <cstdint>
#include <string_view>

namespace fwlearn::collector::process {

enum class SecretName : std::uint8_t {
    none,   ///< what it names is harmless, also where a file with a secret is
    key,    ///< a key, or the path of a file with one
    secret, ///< what it names is a secret
};

/// Of an option, a variable, a header or a query's parameter; leading dashes are passed over.
SecretName secret_name(std::string_view name);

/// Whether what is named is to be hidden.
bool is_secret(SecretName name, std::string_view value);

/// A word without blanks that looks like a key or a token wherever it stands. Paths, names of packages and
/// options do not.
bool looks_like_key(std::string_view word);

} // namespace fwlearn::collector::process
