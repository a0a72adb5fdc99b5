#include "import/import_file.hpp"

#include "import/jsonl.hpp"
#include "import/line_source.hpp"
#include "import/zeek.hpp"

namespace fwlearn::import {

std::optional<Format> parse_format(std::string_view word) {
    if (word == "zeek") {
        return Format::zeek;
    }
    if (word == "jsonl") {
        return Format::jsonl;
    }
    return std::nullopt;
}

Imported import_file(const std::filesystem::path& path, Format format, const Locals& locals) {
    FileLines lines(path);
    const model::ForeignText name(path.native());
    Imported imported = format == Format::zeek ? read_zeek(lines, name, locals) : read_jsonl(lines, name);
    imported.observation.host = model::ForeignText(path.filename().native());
    imported.sha256 = lines.sha256();
    return imported;
}

} // namespace fwlearn::import
