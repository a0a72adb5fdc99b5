#include "whitelist_sets.hpp"

#include "nfnetlink.hpp"
#include "owned_set.hpp"

#include <model/errors.hpp>

#include <libmnl/libmnl.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/capability.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

namespace fwlearn::firewall {
namespace {

constexpr const char* purpose = "cannot read the sets of the whitelist (needs root or CAP_NET_ADMIN)";

std::span<const std::uint8_t> octets(const void* data, std::uint32_t length) {
    return {static_cast<const std::uint8_t*>(data), data == nullptr ? 0 : length};
}

bool is_of_type(const nlmsghdr* message, unsigned type) {
    return message->nlmsg_type == ((NFNL_SUBSYS_NFTABLES << 8) | type);
}

struct FreeTable {
    void operator()(const nftnl_table* table) const { nftnl_table_free(table); }
};

/// The kernel's number of the table, which no other table of this network namespace has had or will have
/// (nf_tables_newtable() in net/netfilter/nf_tables_api.c).
std::optional<std::uint64_t> table_handle_in(const nlmsghdr* message) {
    const std::unique_ptr<nftnl_table, FreeTable> parsed(nftnl_table_alloc());
    if (!parsed || !is_of_type(message, NFT_MSG_NEWTABLE) ||
        nftnl_table_nlmsg_parse(message, parsed.get()) < 0 ||
        !nftnl_table_is_set(parsed.get(), NFTNL_TABLE_HANDLE)) {
        return std::nullopt;
    }
    return nftnl_table_get_u64(parsed.get(), NFTNL_TABLE_HANDLE);
}

/// Its name and what is told of it; nothing where it is none of those that are read.
std::optional<WhitelistSet> head_in(const nlmsghdr* message) {
    const OwnedSet parsed(nftnl_set_alloc());
    if (!parsed || !is_of_type(message, NFT_MSG_NEWSET) || nftnl_set_nlmsg_parse(message, parsed.get()) < 0) {
        return std::nullopt;
    }
    const auto* set = parsed.get();
    const auto has = [set](std::uint16_t attribute) { return nftnl_set_is_set(set, attribute); };
    if (!has(NFTNL_SET_TABLE) ||
        std::string_view(nftnl_set_get_str(set, NFTNL_SET_TABLE)) != whitelist_table_name ||
        nftnl_set_get_u32(set, NFTNL_SET_FAMILY) != NFPROTO_INET || !has(NFTNL_SET_NAME) ||
        !has(NFTNL_SET_KEY_TYPE) || !has(NFTNL_SET_KEY_LEN)) {
        return std::nullopt;
    }
    constexpr std::uint32_t others = NFT_SET_ANONYMOUS | NFT_SET_MAP | NFT_SET_OBJECT | NFT_SET_INTERVAL;
    if (has(NFTNL_SET_FLAGS) && (nftnl_set_get_u32(set, NFTNL_SET_FLAGS) & others) != 0) {
        return std::nullopt;
    }
    WhitelistSet head;
    head.name = nftnl_set_get_str(set, NFTNL_SET_NAME);
    head.handle = nftnl_set_get_u64(set, NFTNL_SET_HANDLE);
    head.type = KeyType{nftnl_set_get_u32(set, NFTNL_SET_KEY_TYPE)};
    head.key_length = nftnl_set_get_u32(set, NFTNL_SET_KEY_LEN);
    if (has(NFTNL_SET_TIMEOUT)) {
        head.timeout = std::chrono::milliseconds(nftnl_set_get_u64(set, NFTNL_SET_TIMEOUT));
    }
    if (has(NFTNL_SET_USERDATA)) {
        std::uint32_t length = 0;
        const auto* data = nftnl_set_get_data(set, NFTNL_SET_USERDATA, &length);
        head.comment = comment_in(octets(data, length));
    }
    return head;
}

/// Neither the end of a range nor what stands for everything else.
int add_element(nftnl_set_elem* parsed, void* to) {
    auto& set = *static_cast<WhitelistSet*>(to);
    if (nftnl_set_elem_is_set(parsed, NFTNL_SET_ELEM_FLAGS) &&
        (nftnl_set_elem_get_u32(parsed, NFTNL_SET_ELEM_FLAGS) &
         (NFT_SET_ELEM_INTERVAL_END | NFT_SET_ELEM_CATCHALL)) != 0) {
        return 0;
    }
    std::uint32_t length = 0;
    const auto* data = nftnl_set_elem_get(parsed, NFTNL_SET_ELEM_KEY, &length);
    const auto key = octets(data, length);
    if (key.empty() || key.size() != set.key_length) {
        return 0;
    }
    auto& element = set.elements.emplace_back();
    element.key.assign(key.begin(), key.end());
    if (nftnl_set_elem_is_set(parsed, NFTNL_SET_ELEM_EXPIRATION)) {
        element.expires =
            std::chrono::milliseconds(nftnl_set_elem_get_u64(parsed, NFTNL_SET_ELEM_EXPIRATION));
    }
    return 0;
}

/// The table, all its sets, or those that are wanted with all that they hold, at one moment each. What is
/// asked gives back the kernel's error, or 0.
class Reader {
  public:
    int read_table(std::optional<std::uint64_t>& handle) {
        handle.reset();
        return ask(
            NFT_MSG_GETTABLE, NLM_F_ACK,
            [](nlmsghdr* request) { mnl_attr_put_strz(request, NFTA_TABLE_NAME, whitelist_table_name); },
            [&handle](const nlmsghdr* message) { handle = table_handle_in(message); });
    }

    int read_heads(std::vector<WhitelistSet>& heads) {
        return undisturbed([&] {
            heads.clear();
            return ask(
                NFT_MSG_GETSET, NLM_F_DUMP,
                [](nlmsghdr* request) { mnl_attr_put_strz(request, NFTA_SET_TABLE, whitelist_table_name); },
                [&heads](const nlmsghdr* message) {
                    if (auto head = head_in(message)) {
                        heads.push_back(std::move(*head));
                    }
                });
        });
    }

    int read_elements(WhitelistSet& set) {
        return undisturbed([&] {
            set.elements.clear();
            return ask(
                NFT_MSG_GETSETELEM, NLM_F_DUMP,
                [&set](nlmsghdr* request) {
                    mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE, whitelist_table_name);
                    mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, set.name.c_str());
                },
                [&set](const nlmsghdr* message) {
                    const OwnedSet parsed(nftnl_set_alloc());
                    if (parsed && is_of_type(message, NFT_MSG_NEWSETELEM) &&
                        nftnl_set_elems_nlmsg_parse(message, parsed.get()) >= 0) {
                        nftnl_set_elem_foreach(parsed.get(), add_element, &set);
                    }
                });
        });
    }

    /// Whether what was read since the last call is of more than one generation of the rules. Every
    /// transaction makes another, also one that adds an element to some set.
    [[nodiscard]] bool has_changed() { return std::exchange(changed_, false); }

  private:
    template <typename Read>
    static int undisturbed(const Read& read) {
        constexpr int patience = 100;
        int error = EINTR;
        for (int attempt = 0; error == EINTR && attempt < patience; ++attempt) {
            error = read();
        }
        return error;
    }

    int ask(unsigned question, unsigned flags, const std::function<void(nlmsghdr*)>& fill,
            const std::function<void(const nlmsghdr*)>& handler) {
        return nfnetlink_.ask(question, flags, fill, [&](const nlmsghdr* message) {
            // Its low 16 bits stand in each message (nft_base_seq() in net/netfilter/nf_tables_api.c).
            const auto generation = static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(message))->res_id;
            changed_ = changed_ || generation_.value_or(generation) != generation;
            generation_ = generation;
            handler(message);
        });
    }

    Nfnetlink nfnetlink_{purpose};
    std::optional<std::uint16_t> generation_;
    bool changed_ = false;
};

bool same_heads(const std::vector<WhitelistSet>& some, const std::vector<WhitelistSet>& others) {
    return std::equal(some.begin(), some.end(), others.begin(), others.end(),
                      [](const auto& one, const auto& other) {
                          return one.name == other.name && one.handle == other.handle &&
                                 one.type == other.type && one.key_length == other.key_length &&
                                 one.comment == other.comment && one.timeout == other.timeout;
                      });
}

/// EINTR where another whitelist came meanwhile, ENOENT where there is none, or another error of the
/// kernel's. Who fills a set meanwhile changes no other; only another whitelist makes what is read that of
/// sets which were not meant.
int read(Reader& reader, const std::function<bool(const WhitelistSet&)>& wanted,
         std::vector<WhitelistSet>& sets) {
    std::optional<std::uint64_t> table;
    std::vector<WhitelistSet> heads;
    if (const int error = reader.read_table(table)) {
        return error;
    }
    if (const int error = reader.read_heads(heads)) {
        return error == ENOENT ? EINTR : error;
    }
    // What goes and comes back looks as it did; only the table's number tells.
    const auto is_another = [&reader, &table] {
        std::optional<std::uint64_t> now;
        return reader.read_table(now) != 0 || now != table;
    };
    bool changed = false;
    for (const auto& head : heads) {
        if (!wanted(head)) {
            continue;
        }
        const int error = reader.read_elements(sets.emplace_back(head));
        if (error != 0) {
            return error == ENOENT ? EINTR : error;
        }
        if (reader.has_changed()) {
            changed = true;
            if (is_another()) {
                return EINTR;
            }
        }
    }
    std::vector<WhitelistSet> now;
    return changed && (reader.read_heads(now) != 0 || !same_heads(heads, now) || is_another()) ? EINTR : 0;
}

} // namespace

bool may_administer_network() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
    return syscall(SYS_capget, &header, data.data()) == 0 &&
           (data[0].effective & (1U << unsigned{CAP_NET_ADMIN})) != 0;
}

std::vector<WhitelistSet> read_whitelist_sets(const std::function<bool(const WhitelistSet&)>& wanted) {
    if (!may_administer_network()) {
        throw model::SystemError(purpose, EPERM);
    }
    Reader reader;
    constexpr int patience = 100;
    int error = EINTR;
    for (int attempt = 0; error == EINTR && attempt < patience; ++attempt) {
        std::vector<WhitelistSet> sets;
        error = read(reader, wanted, sets);
        if (error == 0) {
            return sets;
        }
    }
    if (error == ENOENT) { // no such table
        return {};
    }
    throw model::SystemError(purpose, error);
}

std::string comment_in(std::span<const std::uint8_t> user_data) {
    constexpr std::size_t head = 2;
    while (user_data.size() >= head && user_data.size() - head >= user_data[1]) {
        const auto type = user_data[0];
        const auto value = user_data.subspan(head, user_data[1]);
        if (type == NFTNL_UDATA_SET_COMMENT) {
            const auto end = std::find(value.begin(), value.end(), 0);
            return end == value.end() ? std::string() : std::string(value.begin(), end);
        }
        user_data = user_data.subspan(head + value.size());
    }
    return {};
}

} // namespace fwlearn::firewall
