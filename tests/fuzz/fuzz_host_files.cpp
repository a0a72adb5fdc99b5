// Any bytes as the host's passwd and group, as a package's list of files, as mountinfo, and as the stamps of
// jobs.
#include "expect.hpp"
#include "folder_of_files.hpp"

#include <collector/process/cgroup_root.hpp>
#include <model/errors.hpp>

#include <accounts.hpp>
#include <dpkg.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fwlearn;
    using namespace fwlearn::collector;
    using fuzz::expect;
    using fuzz::is_printable;
    static const fuzz::FolderOfFiles root;
    const std::string_view text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    for (const auto* file :
         {"etc/passwd", "etc/group", "var/lib/dpkg/info/one.list", "var/lib/dpkg/diversions", "mountinfo"}) {
        root.write(file, text);
    }
    const auto accounts = host::Accounts::read(root.path());
    for (const auto& home : accounts.homes()) {
        expect(home.size() > 1 && home.front() == '/' && home.back() != '/');
    }
    (void)accounts.others_in(1000, 1000);
    const std::set<std::string> asked{"/usr/bin/one", "/bin/two",
                                      std::string(text.substr(0, text.find('\n')))};
    for (const auto& [path, package] : host::packages_of(root.path(), asked)) {
        expect(asked.contains(path) && package == "one");
    }
    try {
        expect(!process::cgroup2_root(root.path() / "mountinfo").empty());
    } catch (const model::Error& error) {
        expect(is_printable(error.what()));
    }
    return 0;
}
