#include "named_counter.hpp"

#include "nfnetlink.hpp"

#include <model/errors.hpp>

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <optional>

namespace fwlearn::firewall {
namespace {

constexpr const char* purpose = "cannot read the observation table's counter";

using Packets = std::optional<std::uint64_t>;

int read_data(const nlattr* attribute, void* packets) {
    if (mnl_attr_get_type(attribute) == NFTA_COUNTER_PACKETS &&
        mnl_attr_validate(attribute, MNL_TYPE_U64) >= 0) {
        *static_cast<Packets*>(packets) = be64toh(mnl_attr_get_u64(attribute));
    }
    return MNL_CB_OK;
}

int read_object(const nlattr* attribute, void* packets) {
    return mnl_attr_get_type(attribute) == NFTA_OBJ_DATA
               ? mnl_attr_parse_nested(attribute, read_data, packets)
               : MNL_CB_OK;
}

} // namespace

std::uint64_t packets_counted(const std::string& table, const std::string& counter) {
    Packets packets;
    const int error = Nfnetlink(purpose).ask(
        NFT_MSG_GETOBJ, NLM_F_ACK,
        [&](nlmsghdr* request) {
            mnl_attr_put_strz(request, NFTA_OBJ_TABLE, table.c_str());
            mnl_attr_put_strz(request, NFTA_OBJ_NAME, counter.c_str());
            mnl_attr_put_u32(request, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
        },
        [&packets](const nlmsghdr* message) {
            mnl_attr_parse(message, sizeof(nfgenmsg), read_object, &packets);
        });
    if (error != 0) {
        throw model::SystemError(purpose, error);
    }
    if (!packets) {
        throw model::SystemError(purpose);
    }
    return *packets;
}

} // namespace fwlearn::firewall
