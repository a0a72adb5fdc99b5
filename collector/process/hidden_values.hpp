// Hides secrets within one text by the form that they have there: `"password": "x"`, `token=x&`,
// `https://user:x@host`, words that look like keys. Pure, linear. Used by the redaction.
#pragma once

#include <string>
#include <string_view>

namespace fwlearn::collector::process {

/// What stands for a secret.
inline constexpr std::string_view hidden = "***";

/// Values of secret names in queries, forms, JSON and assignments, each to where a value ends in such a text.
std::string without_named_values(std::string_view text);

/// User information of URLs; of `user:secret@host` the user stays.
std::string without_user_info(std::string_view text);

/// Words that look like keys wherever they stand.
std::string without_keys(std::string_view text);

/// `user:secret`, `user%secret`: the user stays.
std::string without_password(std::string_view user);

} // namespace fwlearn::collector::process
