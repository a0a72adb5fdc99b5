#include "static_names.hpp"

#include <model/host_name.hpp>

namespace fwlearn::collector::host::settings {

Findings hosts(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    Lines lines(text);
    while (const auto line = lines.next()) {
        const auto words = words_of(before(line->text, "#"));
        auto entry = words.empty() ? std::nullopt : endpoint(words.front(), {});
        if (!entry || !entry->address || entry->address->is_multicast()) {
            continue;
        }
        for (std::size_t i = 1; i < words.size(); ++i) {
            auto name = model::host_name(words[i]);
            // ip6-localnet is fe00::0 in files that Debian has written, which is nobody's address.
            if (name && !name->starts_with("ip6-")) {
                entry->name = std::move(*name);
                findings.add({model::ConfiguredKind::static_name, file, line->number}, *entry, {});
            }
        }
    }
    return findings;
}

std::vector<model::Configured> read_static_names(HostFiles& files) {
    return read_each(files, {"/etc/hosts"}, hosts).entries;
}

} // namespace fwlearn::collector::host::settings
