// Which options of which programs are followed by a secret: curl -u, mysql -p. One table. Used by the
// redaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fwlearn::collector::process {

enum class OptionValue : std::uint8_t {
    harmless,
    secret, ///< all of it
    user,   ///< USER:SECRET or USER%SECRET: what is behind the first : or %
};

struct SecretOption {
    OptionValue value = OptionValue::harmless;
    std::size_t value_begins = 0; ///< within the argument; its size where the next argument is the value
};

/// Whether options of this program (without its folder) are in the table.
bool has_secret_options(std::string_view program);

/// `argument` as given to `program`. Options with telling names are not looked at here.
SecretOption secret_option(std::string_view program, std::string_view argument);

} // namespace fwlearn::collector::process
