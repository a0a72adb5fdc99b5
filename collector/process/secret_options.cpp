#include "secret_options.hpp"

#include <algorithm>
#include <array>

namespace fwlearn::collector::process {
namespace {

/// How a value is given.
enum class Form : std::uint8_t { joined, next, both };

struct Row {
    std::string_view program; ///< or how its name begins, with a final *
    std::string_view option;
    Form form = Form::both;
    OptionValue value = OptionValue::secret;
};

// From the manual pages. -p of ssh, psql and docker run is a port.
constexpr std::array<Row, 23> table{{
    {"mysql*", "-p", Form::joined},
    {"mariadb*", "-p", Form::joined},
    {"mongo*", "-p"},
    {"sshpass", "-p"},
    {"login", "-p"}, // docker login, podman login
    {"redis-cli", "-a"},
    {"ldap*", "-w"},
    {"zip", "-P"},
    {"unzip", "-P"},
    {"7z*", "-p", Form::joined},
    {"mosquitto_*", "-P"},
    {"xfreerdp*", "/p:", Form::joined},
    {"ipmitool", "-P"},
    {"curl", "-u", Form::both, OptionValue::user},
    {"curl", "-U", Form::both, OptionValue::user},
    {"curl", "-b"},
    {"wget", "-u", Form::both, OptionValue::user},
    {"smbclient", "-U", Form::both, OptionValue::user},
    {"rpcclient", "-U", Form::both, OptionValue::user},
    {"net", "-U", Form::both, OptionValue::user},
    {"http", "-a", Form::both, OptionValue::user},
    {"https", "-a", Form::both, OptionValue::user},
    {"snmp*", "-A"},
}};

bool is_of(const Row& row, std::string_view program) {
    return row.program.ends_with('*') ? program.starts_with(row.program.substr(0, row.program.size() - 1))
                                      : program == row.program;
}

/// `-fsSu` of curl is `-f -s -S -u`: where the letter of the option is, behind letters that take no value.
std::size_t letter_in_cluster(std::string_view argument, char letter) {
    constexpr std::string_view without_value = "0123468#BGIJLMNOSZafgijklnpqRsv";
    if (argument.size() < 2 || argument[0] != '-' || argument[1] == '-') {
        return std::string_view::npos;
    }
    const auto at = argument.find_first_not_of(without_value, 1);
    return at != std::string_view::npos && argument[at] == letter ? at : std::string_view::npos;
}

} // namespace

bool has_secret_options(std::string_view program) {
    return std::any_of(table.begin(), table.end(), [&](const Row& row) { return is_of(row, program); });
}

SecretOption secret_option(std::string_view program, std::string_view argument) {
    for (const auto& [name, value] : {std::pair{std::string_view("--user"), OptionValue::user},
                                      std::pair{std::string_view("--proxy-user"), OptionValue::user}}) {
        if (argument == name) {
            return {value, argument.size()};
        }
        if (argument.starts_with(name) && argument[name.size()] == '=') {
            return {value, name.size() + 1};
        }
    }
    for (const auto& row : table) {
        if (!is_of(row, program)) {
            continue;
        }
        auto begin = argument.starts_with(row.option) ? row.option.size() : std::string_view::npos;
        if (program == "curl" && begin == std::string_view::npos) {
            const auto letter = letter_in_cluster(argument, row.option[1]);
            begin = letter == std::string_view::npos ? letter : letter + 1;
        }
        if (begin != std::string_view::npos &&
            (begin < argument.size() ? row.form != Form::next : row.form != Form::joined)) {
            return {row.value, begin};
        }
    }
    return {};
}

} // namespace fwlearn::collector::process
