#include "packages.hpp"

#include <algorithm>

namespace fwlearn::collector::host::settings {
namespace {

/// Up to a # that is not within brackets (pkgSourceList::ReadMainList() and ParseFileOneLine() in
/// apt-pkg/sourcelist.cc).
std::string_view without_comment(std::string_view line) {
    bool in_brackets = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '#' && !in_brackets) {
            return line.substr(0, i);
        }
        in_brackets = line[i] == '[' || (in_brackets && line[i] != ']');
    }
    return line;
}

} // namespace

Findings sources_list(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    Lines lines(text);
    while (const auto line = lines.next()) {
        auto rest = without_comment(line->text);
        const auto type = take_word(rest);
        if (type != "deb" && type != "deb-src") {
            continue;
        }
        if (rest.starts_with('[')) {
            rest.remove_prefix(std::min(rest.find(']'), rest.size() - 1) + 1);
        }
        add_source(findings, {model::ConfiguredKind::packages, file, line->number},
                   unquoted(take_word(rest)));
    }
    return findings;
}

} // namespace fwlearn::collector::host::settings
