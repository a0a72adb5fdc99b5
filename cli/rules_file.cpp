#include "rules_file.hpp"

#include <analyzer/read_rules.hpp>
#include <model/errors.hpp>

#include <cerrno>
#include <fstream>

namespace fwlearn::cli {
namespace {

std::string shown(const std::string& path) {
    return model::for_terminal(model::ForeignText(path));
}

} // namespace

std::vector<model::Rule> read_rules(std::istream& in, std::string beginning, const std::string& path) {
    constexpr std::size_t largest = std::size_t{256} << 20U;
    std::vector<char> piece(std::size_t{1} << 16U);
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
        beginning.append(piece.data(), static_cast<std::size_t>(in.gcount()));
        if (beginning.size() > largest) {
            throw model::UsageError(shown(path) + " is larger than 256 MiB: no whitelist");
        }
    }
    try {
        return analyzer::read_rules(beginning);
    } catch (const model::UsageError& error) {
        throw model::UsageError(shown(path) + ": " + error.what());
    }
}

std::vector<model::Rule> read_rules_file(const std::filesystem::path& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file.is_open() || (file.peek() == std::ifstream::traits_type::eof() && errno != 0)) {
        throw model::SystemError("cannot read " + shown(path.string()), errno);
    }
    file.clear();
    return read_rules(file, {}, path.string());
}

} // namespace fwlearn::cli
