#include "at_job.hpp"

#include "settings/text.hpp"

#include <model/ascii.hpp>
#include <model/number.hpp>

namespace fwlearn::collector::host {
namespace {

std::optional<std::uint32_t> hexadecimal(std::string_view digits) {
    constexpr int base = 16;
    return model::parse_integer<std::uint32_t>(digits, UINT32_MAX, base);
}

} // namespace

std::optional<AtJob> at_job(std::string_view file_name) {
    constexpr std::size_t number_begins = 1;
    constexpr std::size_t minutes_begin = 6;
    constexpr std::size_t length = 14;
    const char queue = file_name.empty() ? '\0' : file_name.front();
    if (file_name.size() != length || !model::is_letter(queue)) {
        return std::nullopt;
    }
    const auto number = hexadecimal(file_name.substr(number_begins, minutes_begin - number_begins));
    const auto minutes = hexadecimal(file_name.substr(minutes_begin));
    if (!number || !minutes) {
        return std::nullopt;
    }
    return AtJob{queue, *number, std::chrono::sys_time<std::chrono::minutes>(std::chrono::minutes(*minutes))};
}

std::string at_command(std::string_view text) {
    // writefile() in at.c: #!/bin/sh, the variables, cd FOLDER || { echo ...; exit 1; }, then the job.
    constexpr std::string_view ends_own_part =
        " || {\n\t echo 'Execution directory inaccessible' >&2\n\t exit 1\n}\n";
    constexpr std::size_t most = 4096; // more than is shown of a command
    const auto end = text.find(ends_own_part);
    if (!text.starts_with("#!/bin/sh\n# atrun ") || end == std::string_view::npos) {
        return {};
    }
    std::string command;
    settings::Lines lines(text.substr(end + ends_own_part.size()));
    for (auto line = lines.next(); line && command.size() < most; line = lines.next()) {
        if (const auto words = settings::trimmed(line->text); !words.empty()) {
            command.append(command.empty() ? "" : "; ").append(words);
        }
    }
    return command;
}

} // namespace fwlearn::collector::host
