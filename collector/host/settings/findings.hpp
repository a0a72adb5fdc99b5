// What the reader of one format found in a text: destinations, and the files that the text includes; and how
// texts that include each other are read together. Knows no format. Used by the readers of settings.
#pragma once

#include "endpoint.hpp"
#include "host_files.hpp"

#include <model/configured.hpp>

#include <functional>
#include <string>
#include <vector>

namespace fwlearn::collector::host::settings {

/// The setting that names a destination.
struct Place {
    model::ConfiguredKind kind = model::ConfiguredKind::resolver;
    model::ForeignText file;
    std::uint32_t line = 0;
};

struct Findings {
    std::vector<model::Configured> entries;
    std::vector<std::string> includes; ///< as HostFiles::matching() takes them

    /// Adds the destination, unless it is the host itself or there are most_entries already.
    void add(const Place& place, const Endpoint& endpoint, model::Service service);
    /// The same at the endpoint's own port, or at `usual` where it has none.
    void add_port(const Place& place, const Endpoint& endpoint, model::Protocol protocol,
                  std::uint16_t usual);
    void include(std::string pattern);
    void append(Findings other);
};

/// Reads one text of a format; `file` is its name.
using Reader = std::function<Findings(std::string_view text, const model::ForeignText& file)>;

/// Each of the files, without those that they include.
Findings read_each(HostFiles& files, const std::vector<std::string>& paths, const Reader& reader);

/// The files of the patterns and those that they include, each once.
std::vector<model::Configured> read_with_includes(HostFiles& files, std::vector<std::string> patterns,
                                                  const Reader& reader);

} // namespace fwlearn::collector::host::settings
