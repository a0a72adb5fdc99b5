#include "throwaway_namespace.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace fwlearn::tests {
namespace {

int shell(const std::string& command) {
    const auto* const unshare = geteuid() == 0 ? "unshare -n " : "unshare -rn ";
    return std::system((unshare + command).c_str());
}

} // namespace

ThrowawayNamespace::ThrowawayNamespace() {
    auto pattern = (std::filesystem::temp_directory_path() / "fwlearn-nft-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("cannot make a directory like " + pattern);
    }
    path_ = pattern;
}

ThrowawayNamespace::~ThrowawayNamespace() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void ThrowawayNamespace::write(const std::string& name, const std::string& content) const {
    std::ofstream file(path_ / name, std::ios::binary);
    file << content;
    if (!file.flush()) {
        throw std::runtime_error("cannot write " + (path_ / name).string());
    }
}

ScriptResult ThrowawayNamespace::run(const std::string& script) const {
    const auto path = path_.string();
    write("script.sh", "set -eu\ncd '" + path + "'\n" + script);
    const int status = shell("sh '" + path + "/script.sh' >'" + path + "/log' 2>&1");
    std::ostringstream log;
    log << std::ifstream(path_ / "log").rdbuf();
    return {status, log.str()};
}

bool ThrowawayNamespace::is_possible() {
    return shell("nft list tables >/dev/null 2>&1") == 0;
}

} // namespace fwlearn::tests
