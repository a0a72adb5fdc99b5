#include "proposal.hpp"

#include "small_file.hpp"

#include <analyzer/read_rules.hpp>
#include <analyzer/render/nft.hpp>
#include <firewall/checked_whitelist.hpp>
#include <model/counted.hpp>
#include <model/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

namespace fwlearn::cli {
namespace {

firewall::WhitelistTable checked(const std::string& text, const std::string& name,
                                 const analyzer::NftOptions& options) {
    return firewall::check_whitelist(text, whitelist_text({}, options), name);
}

bool is_json(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first != std::string::npos && text[first] == '{';
}

/// What suggest -o json printed: all of it is known.
Proposal of_document(const std::string& text, const std::string& name, const analyzer::NftOptions& options) {
    Proposal proposal;
    try {
        proposal.whitelist.rules = analyzer::read_rules(text);
    } catch (const model::UsageError& error) {
        throw model::UsageError(fmt::format("{} is refused: {}", name, error.what()));
    }
    proposal.table = checked(whitelist_text(proposal.whitelist, options), name, options);
    return proposal;
}

/// What suggest -o nft printed, with lines struck out perhaps: its rules are known by their ids, where the
/// record still suggests them and every line of theirs is there.
Proposal of_rules(const std::string& text, const std::string& name,
                  const std::optional<model::Whitelist>& suggested) {
    Proposal proposal;
    proposal.table = checked(text, name, {});
    auto left = proposal.table.rules;
    if (suggested) {
        const auto whole = checked(whitelist_text(*suggested, {}), "the suggestion", {}).rules;
        proposal.whitelist = *suggested;
        std::erase_if(proposal.whitelist.rules, [&](const model::Rule& rule) {
            const auto there = left.find(rule.id);
            const auto wanted = whole.find(rule.id);
            if (there == left.end() || wanted == whole.end()) {
                return true;
            }
            const auto lines = there->second;
            left.erase(there);
            if (lines.count < wanted->second.count) {
                proposal.unknown.push_back(fmt::format(
                    "rule {} stands in {} of its {} lines: what it admits is not told, and counted as "
                    "denied",
                    rule.id, lines.count, wanted->second.count));
            } else if (lines.content != wanted->second.content) {
                proposal.unknown.push_back(fmt::format(
                    "rule {} has other addresses, services or senders than the record suggests by this id: "
                    "what it admits is not told, and counted as denied",
                    rule.id));
            }
            return lines.content != wanted->second.content;
        });
    }
    for (const auto& [id, lines] : left) {
        proposal.unknown.push_back(
            fmt::format("rule {} is none that the record suggests now: what it admits is not "
                        "told, and counted as denied",
                        id));
    }
    if (proposal.table.others > 0) {
        proposal.unknown.push_back(
            fmt::format("{} not of fwlearn's making: what that admits or denies is not told",
                        model::counted(proposal.table.others, "rule or element of a map is",
                                       "rules and elements of maps are")));
    }
    return proposal;
}

} // namespace

std::string whitelist_text(const model::Whitelist& whitelist, const analyzer::NftOptions& options) {
    return analyzer::render_nft(whitelist, options);
}

Proposal propose(const std::optional<model::Whitelist>& suggested, const std::filesystem::path& file,
                 const analyzer::NftOptions& options) {
    if (file.empty()) {
        return {checked(whitelist_text(*suggested, options), "the suggestion", options), *suggested, {}, {}};
    }
    const auto name = shown(file);
    auto bytes = read_reviewed(file);
    if (bytes.empty()) {
        throw model::UsageError(name + " is refused: it is empty");
    }
    if (bytes.starts_with("SQLite format 3")) {
        throw model::UsageError(name + " is refused: it is a record; give it to --db, and no file");
    }
    if (bytes.find('\0') != std::string::npos) {
        throw model::UsageError(name + " is refused: it is no text");
    }
    if (!is_json(bytes) && (options.shadow || options.unit)) {
        throw model::UsageError(name +
                                " is refused: --shadow and --unit take no file of nft's rules, which is "
                                "loaded as it is; give what suggest -o json prints");
    }
    auto proposal = is_json(bytes) ? of_document(bytes, name, options) : of_rules(bytes, name, suggested);
    proposal.bytes = std::move(bytes);
    return proposal;
}

std::string read_reviewed(const std::filesystem::path& file) {
    constexpr std::size_t largest = std::size_t{256} << 20U;
    std::error_code ignored;
    if (std::filesystem::is_fifo(file, ignored)) {
        throw model::UsageError(shown(file) + " is refused: it is a pipe, and what is loaded is read again "
                                              "after it was shown; give a file");
    }
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in.is_open()) {
        throw model::SystemError("cannot read " + shown(file), errno == 0 ? EIO : errno);
    }
    std::string bytes;
    std::vector<char> piece(std::size_t{1} << 16U);
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
        bytes.append(piece.data(), static_cast<std::size_t>(in.gcount()));
        if (bytes.size() > largest) {
            throw model::UsageError(shown(file) + " is larger than 256 MiB: no whitelist");
        }
    }
    if (!in.eof()) {
        throw model::SystemError("cannot read " + shown(file), errno == 0 ? EIO : errno);
    }
    return bytes;
}

} // namespace fwlearn::cli
