// Rules of any shape, with any bytes in the place of every foreign string, as a file for nft: libnftables and
// the kernel take it without a word, in a network namespace of this process's own, and the table is the one
// that was meant, rule by rule.
#include <analyzer/render/nft.hpp>
#include <firewall/whitelist_table.hpp>
#include <model/host_name.hpp>

#include <fuzzer/FuzzedDataProvider.h>
#include <nftables/libnftables.h>
#include <rule_id.hpp>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

namespace {

using namespace fwlearn;
using namespace fwlearn::model;

void expect(bool truth, const char* what, const std::string& shown) {
    if (!truth) {
        std::fprintf(stderr, "%s:\n%s\n", what, shown.c_str());
        std::abort();
    }
}

class Nft {
  public:
    Nft() : context_(nft_ctx_new(NFT_CTX_DEFAULT)) {
        nft_ctx_buffer_output(context_);
        nft_ctx_buffer_error(context_);
    }
    ~Nft() { nft_ctx_free(context_); }
    Nft(const Nft&) = delete;
    Nft& operator=(const Nft&) = delete;

    void take(const std::string& commands, bool only_check) {
        nft_ctx_set_dry_run(context_, only_check);
        const int status = nft_run_cmd_from_buffer(context_, commands.c_str());
        const std::string said =
            std::string(nft_ctx_get_output_buffer(context_)) + nft_ctx_get_error_buffer(context_);
        expect(status == 0 && said.empty(), "nft does not take it without a word", said + commands);
    }

  private:
    nft_ctx* context_;
};

/// One for all: a new one reads its tables of names again.
Nft& nft() {
    static Nft one;
    return one;
}

/// What the fuzzer's bytes say, as far as a whitelist may be so (model/whitelist.hpp).
class Maker {
  public:
    Maker(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

    Whitelist whitelist() {
        Whitelist made;
        std::set<std::string> ids;
        for (auto count = below(6); count > 0; --count) {
            auto one = rule();
            if ((!one.addresses.empty() || !one.by_name.empty()) && ids.insert(one.id).second) {
                made.rules.push_back(std::move(one));
            }
        }
        made.coverage.summary.assign(below(2), "not long enough");
        return made;
    }
    analyzer::NftOptions options() {
        analyzer::NftOptions chosen;
        chosen.shadow = bytes_.ConsumeBool();
        chosen.group = bytes_.ConsumeIntegral<std::uint16_t>();
        if (below(4) == 0) {
            chosen.unit = unit();
        }
        return chosen;
    }
    bool flip() { return bytes_.ConsumeBool(); }

  private:
    unsigned below(unsigned limit) { return bytes_.ConsumeIntegralInRange<unsigned>(0, limit - 1); }
    ForeignText text() { return ForeignText(bytes_.ConsumeRandomLengthString(300)); }

    Rule rule() {
        Rule made;
        made.protocol = Protocol{bytes_.ConsumeIntegral<std::uint8_t>()};
        if (flip()) {
            made.protocol = flip() ? protocol::tcp : protocol::udp;
        }
        made.title = text();
        made.comment = text();
        for (auto count = 1 + below(3); count > 0; --count) {
            made.selectors.push_back(selector());
        }
        in_order(made.selectors);
        made.details = details(made.protocol);
        if (below(3) == 0) {
            names(made);
        } else {
            made.addresses = prefixes(made.protocol);
        }
        Process process;
        process.exe = text();
        process.comm = text();
        made.processes = {process};
        Task task;
        task.kind = static_cast<TaskKind>(below(3));
        task.name = text();
        made.tasks = {task};
        made.evidence.flows = bytes_.ConsumeIntegral<std::uint64_t>();
        made.exposure = bytes_.ConsumeIntegral<std::uint64_t>();
        made.id = analyzer::rule_id(made);
        return made;
    }
    Selector selector() {
        switch (below(4)) {
        case 0:
            return {};
        case 1:
            return {SelectorKind::kernel, 0, {}, {}, {}};
        case 2:
            return unit();
        default:
            return {SelectorKind::uid,
                    bytes_.ConsumeIntegralInRange<std::uint32_t>(0, 0xfffffffeU),
                    {},
                    {},
                    text()};
        }
    }
    /// Of the bytes that systemd.unit(5) allows.
    Selector unit() {
        constexpr std::string_view allowed = "abcXYZ019:-_.\\@";
        std::string cgroup;
        for (const auto byte : bytes_.ConsumeRandomLengthString(200)) {
            cgroup += byte == '/' && !cgroup.empty() && cgroup.back() != '/'
                          ? '/'
                          : allowed[static_cast<unsigned char>(byte) % allowed.size()];
        }
        cgroup += ".service";
        return {SelectorKind::unit, 0, text(), ForeignText(cgroup), {}};
    }
    std::vector<DetailRange> details(const Protocol& of) {
        if (!of.has_ports() && !of.is_icmp()) {
            return {0};
        }
        std::vector<DetailRange> made;
        for (auto count = 1 + below(12); count > 0; --count) {
            const auto first = bytes_.ConsumeIntegral<std::uint16_t>();
            const auto last =
                of.is_icmp() || flip() ? first : bytes_.ConsumeIntegralInRange<std::uint16_t>(first, 65535);
            made.emplace_back(first, last);
        }
        std::sort(made.begin(), made.end());
        std::vector<DetailRange> disjoint;
        for (const auto& range : made) {
            if (disjoint.empty() || range.first > disjoint.back().last) {
                disjoint.push_back(range);
            }
        }
        return disjoint;
    }
    Address address(const Protocol& of) {
        if (of == protocol::icmp || (of != protocol::icmpv6 && flip())) {
            return Address::v4(bytes_.ConsumeIntegral<std::uint32_t>());
        }
        std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, 0xb8};
        const auto taken = bytes_.ConsumeBytes<std::uint8_t>(below(17));
        std::copy(taken.begin(), taken.end(), octets.begin());
        return Address::v6(octets).unmapped();
    }
    std::vector<Prefix> prefixes(const Protocol& of) {
        std::vector<Prefix> made;
        for (auto count = 1 + below(8); count > 0; --count) {
            const auto one = address(of);
            if (of == protocol::icmpv6 && one.family() == Family::ipv4) {
                continue;
            }
            made.emplace_back(one, flip() ? one.bits() : one.bits() - below(one.bits() + 1));
        }
        std::sort(made.begin(), made.end());
        std::vector<Prefix> disjoint;
        for (const auto& prefix : made) {
            if (disjoint.empty() || !disjoint.back().contains(prefix.address())) {
                disjoint.push_back(prefix);
            }
        }
        return disjoint;
    }
    void names(Rule& rule) {
        for (auto count = 1 + below(3); count > 0; --count) {
            const auto name = host_name(bytes_.ConsumeRandomLengthString(80));
            if (!name) {
                continue;
            }
            NamedAddresses known{ForeignText(*name), {}, bytes_.ConsumeIntegral<std::uint32_t>(), flip()};
            for (const auto& prefix : prefixes(rule.protocol)) {
                known.addresses.push_back(prefix.address());
            }
            in_order(known.addresses);
            rule.names.push_back(known.name);
            for (const auto& one : known.addresses) {
                rule.addresses.emplace_back(one);
            }
            rule.by_name.push_back(std::move(known));
        }
        std::sort(rule.by_name.begin(), rule.by_name.end(),
                  [](const auto& left, const auto& right) { return left.name < right.name; });
        rule.by_name.erase(
            std::unique(rule.by_name.begin(), rule.by_name.end(),
                        [](const auto& left, const auto& right) { return left.name == right.name; }),
            rule.by_name.end());
        in_order(rule.names);
        in_order(rule.addresses);
    }
    template <typename T>
    static void in_order(std::vector<T>& all) {
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
    }

    FuzzedDataProvider bytes_;
};

firewall::WhitelistTable loaded(const std::string& file) {
    nft().take(file, false);
    const auto table = firewall::read_whitelist_table();
    expect(table.has_value(), "no table", file);
    return *table;
}

std::set<std::string> ids_of(const Whitelist& whitelist) {
    std::set<std::string> ids;
    for (const auto& rule : whitelist.rules) {
        ids.insert(rule.id);
    }
    return ids;
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        std::puts("SKIP: no privilege for a network namespace");
        std::exit(0); // the run-time library's own for a finding is 77
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Maker maker(data, size);
    const bool load = maker.flip();
    const auto options = maker.options();
    const auto whitelist = maker.whitelist();
    const auto file = analyzer::render_nft(whitelist, options);
    nft().take(file, true);
    if (!load) {
        return 0;
    }
    const auto table = loaded(file);
    std::set<std::string> ids;
    for (const auto& [id, lines] : table.rules) {
        ids.insert(id);
    }
    // The fixed parts have no id.
    const auto empty = loaded(analyzer::render_nft({}, options));
    expect(ids == ids_of(whitelist) && empty.rules.empty() && table.others == empty.others,
           "other rules than these", file);
    return 0;
}
