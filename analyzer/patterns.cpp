#include "analyzer/patterns.hpp"

#include <model/vocabulary.hpp>

#include <fnmatch.h>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

std::string without_nul(std::string_view text) {
    std::string result(text);
    std::replace(result.begin(), result.end(), '\0', '\x01');
    return result;
}

std::string_view last_part(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

/// How many bytes the UTF-8 character at `at` has (RFC 3629); 0 where there is none.
std::size_t character_size(std::string_view text, std::size_t at) {
    const auto byte = [&text](std::size_t index) {
        return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
    };
    const auto lead = byte(at);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
    for (std::size_t index = 1; index < size; ++index) {
        if ((byte(at + index) & 0xc0U) != 0x80U) {
            return 0;
        }
    }
    const auto second = byte(at + 1);
    const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    const bool surrogate = lead == 0xed && second >= 0xa0;
    const bool beyond = lead == 0xf4 && second >= 0x90;
    return overlong || surrogate || beyond ? 0 : size;
}

} // namespace

bool matches(std::string_view pattern, std::string_view text) {
    return fnmatch(without_nul(pattern).c_str(), without_nul(text).c_str(), 0) == 0;
}

bool matches_program(std::string_view pattern, const model::Process& process) {
    for (const auto* path : {&process.exe, &process.script}) {
        if (!path->empty() &&
            (matches(pattern, path->raw_bytes()) || matches(pattern, last_part(path->raw_bytes())))) {
            return true;
        }
    }
    return false;
}

bool matches_task(std::string_view pattern, const model::Task& task) {
    const std::string kind(model::to_word(task.kind));
    return matches(pattern, task.name.empty() ? kind : kind + " " + task.name.raw_bytes());
}

bool matches_user(std::string_view pattern, const model::SocketOwner& owner,
                  const model::Identities& identities) {
    return owner.kind == model::OwnerKind::user &&
           (matches(pattern, identities.user(owner.uid).raw_bytes()) ||
            matches(pattern, std::to_string(owner.uid)));
}

bool matches_any(std::string_view pattern, const std::set<model::ForeignText>& names) {
    return std::any_of(names.begin(), names.end(),
                       [&pattern](const auto& name) { return matches(pattern, name.raw_bytes()); });
}

std::string pattern_for(const model::ForeignText& text) {
    const std::string_view bytes = text.raw_bytes();
    std::string pattern;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto size = character_size(bytes, at);
        if (size == 0 || bytes[at] == '\0') {
            pattern += '?';
            ++at;
            continue;
        }
        if (std::string_view("*?[\\").find(bytes[at]) != std::string_view::npos) {
            pattern += '\\';
        }
        pattern += bytes.substr(at, size);
        at += size;
    }
    return pattern;
}

} // namespace fwlearn::analyzer
