// The rulesets of this network namespace, and of files.
#include "firewall/ruleset.hpp"
#include "nftables.hpp"

#include <model/errors.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

namespace fwlearn::firewall {
namespace {

struct Close {
    void operator()(std::FILE* stream) const { pclose(stream); }
};

/// What a program prints; nothing where it is not installed or fails.
std::string output_of(const std::string& program) {
    if (access(program.c_str(), X_OK) != 0) {
        return {};
    }
    // A constant path, and no argument: nothing for the shell to misread.
    std::unique_ptr<std::FILE, Close> stream(
        popen((program + " 2>/dev/null").c_str(), "re")); // NOLINT(cert-env33-c)
    std::string text;
    std::array<char, 4096> part{};
    while (stream) {
        const auto length = std::fread(part.data(), 1, part.size(), stream.get());
        if (length == 0) {
            break;
        }
        text.append(part.data(), length);
    }
    return text;
}

/// In the place of what nft said of tables of the same name: it cannot describe iptables' own matches.
void replace_tables(model::Ruleset& ruleset, model::Ruleset saved) {
    for (auto& table : saved.tables) {
        auto& tables = ruleset.tables;
        tables.erase(std::remove_if(tables.begin(), tables.end(),
                                    [&table](const auto& known) {
                                        return known.family == table.family && known.name == table.name;
                                    }),
                     tables.end());
        tables.push_back(std::move(table));
    }
}

bool not_empty(const char* path) {
    std::ifstream file(path);
    return file.peek() != std::ifstream::traits_type::eof() && file.good();
}

} // namespace

model::Ruleset read_ruleset() {
    Nftables nftables;
    nftables.answer_in_json();
    const auto json = nftables.run("list ruleset", "cannot read the firewall that is there");
    auto ruleset = parse_nft_ruleset(json);
    struct Saved {
        model::Family family;
        const char* of_nft;
        const char* of_xtables;
        const char* names; ///< of tables that xtables has in this network namespace
    };
    for (const auto& saved : {Saved{model::Family::ipv4, "/usr/sbin/iptables-nft-save",
                                    "/usr/sbin/iptables-legacy-save", "/proc/net/ip_tables_names"},
                              Saved{model::Family::ipv6, "/usr/sbin/ip6tables-nft-save",
                                    "/usr/sbin/ip6tables-legacy-save", "/proc/net/ip6_tables_names"}}) {
        if (json.find("\"xt\"") != std::string::npos) {
            replace_tables(ruleset, parse_iptables_save(output_of(saved.of_nft), saved.family));
        }
        if (not_empty(saved.names)) {
            auto legacy = parse_iptables_save(output_of(saved.of_xtables), saved.family);
            std::move(legacy.tables.begin(), legacy.tables.end(), std::back_inserter(ruleset.tables));
        }
    }
    return ruleset;
}

model::Ruleset read_ruleset_file(const std::string& path) {
    const auto printable = model::for_terminal(model::ForeignText(path));
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file.good() && !file.eof()) {
        throw model::SystemError("cannot read " + printable, errno);
    }
    try {
        const auto begin = text.find_first_not_of(" \t\r\n");
        if (begin != std::string::npos && text[begin] == '{') {
            return parse_nft_ruleset(text);
        }
        const bool ipv6 = text.find("ip6tables-save") != std::string::npos;
        return parse_iptables_save(text, ipv6 ? model::Family::ipv6 : model::Family::ipv4);
    } catch (const model::UsageError& error) {
        throw model::UsageError(printable + ": " + error.what());
    }
}

} // namespace fwlearn::firewall
