// Any bytes as a file to import, in whatever way it says that it is compressed.
#include "folder_of_files.hpp"
#include "imported_invariants.hpp"

#include <import/import_file.hpp>
#include <model/errors.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn;
    static const fuzz::FolderOfFiles folder;
    folder.write("flows", {reinterpret_cast<const char*>(data), size}); // NOLINT: the same octets
    for (const auto format : {import::Format::zeek, import::Format::jsonl}) {
        try {
            import::check(import::import_file(folder.path() / "flows", format,
                                              import::Locals({*model::Prefix::parse("192.0.2.10")})));
        } catch (const model::Error& error) {
            fuzz::expect(*error.what() != '\0' && fuzz::is_printable(error.what()));
        }
    }
    return 0;
}
