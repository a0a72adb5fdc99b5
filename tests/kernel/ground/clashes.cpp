#include "clashes.hpp"

#include "endpoint.hpp"
#include "failure.hpp"
#include "fd.hpp"
#include "process.hpp"
#include "responder.hpp"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <netinet/tcp.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace fwlearn::kernel_test {
namespace {

constexpr std::uint16_t queue = 7;
constexpr std::uint16_t first_source_port = 30000;

class Queue {
  public:
    Queue() : socket_(mnl_socket_open(NETLINK_NETFILTER), mnl_socket_close) {
        if (!socket_ || mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
            fail("netlink socket");
        }
        auto* header = begin(NFQNL_MSG_CONFIG, NLM_F_ACK);
        const nfqnl_msg_config_cmd command{NFQNL_CFG_CMD_BIND, 0, htons(AF_INET)};
        mnl_attr_put(header, NFQA_CFG_CMD, sizeof command, &command);
        const nfqnl_msg_config_params parameters{0, NFQNL_COPY_META};
        mnl_attr_put(header, NFQA_CFG_PARAMS, sizeof parameters, &parameters);
        send(header);
        receive();
    }

    /// The number of the next packet in the queue.
    std::uint32_t wait() {
        waiting_.reset();
        while (!waiting_) {
            receive();
        }
        return *waiting_;
    }

    void accept(std::uint32_t packet) {
        auto* header = begin(NFQNL_MSG_VERDICT, 0);
        const nfqnl_msg_verdict_hdr verdict{htonl(NF_ACCEPT), htonl(packet)};
        mnl_attr_put(header, NFQA_VERDICT_HDR, sizeof verdict, &verdict);
        send(header);
    }

  private:
    nlmsghdr* begin(int type, int flags) {
        message_.fill(0);
        auto* header = mnl_nlmsg_put_header(message_.data());
        header->nlmsg_type = static_cast<std::uint16_t>((NFNL_SUBSYS_QUEUE << 8) | type);
        header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
        auto* general = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
        general->version = NFNETLINK_V0;
        general->res_id = htons(queue);
        return header;
    }

    void send(const nlmsghdr* header) {
        must(static_cast<int>(mnl_socket_sendto(socket_.get(), header, header->nlmsg_len)), "NFQUEUE");
    }

    void receive() {
        const auto length =
            must(static_cast<int>(mnl_socket_recvfrom(socket_.get(), message_.data(), message_.size())),
                 "NFQUEUE");
        must(mnl_cb_run(message_.data(), static_cast<std::size_t>(length), 0,
                        mnl_socket_get_portid(socket_.get()), read_message, this),
             "NFQUEUE");
    }

    static int read_message(const nlmsghdr* header, void* self) {
        return mnl_attr_parse(header, sizeof(nfgenmsg), read_attribute, self);
    }

    static int read_attribute(const nlattr* attribute, void* self) {
        if (mnl_attr_get_type(attribute) == NFQA_PACKET_HDR) {
            const auto* head = static_cast<const nfqnl_msg_packet_hdr*>(mnl_attr_get_payload(attribute));
            static_cast<Queue*>(self)->waiting_ = ntohl(head->packet_id);
        }
        return MNL_CB_OK;
    }

    std::unique_ptr<mnl_socket, int (*)(mnl_socket*)> socket_;
    alignas(nlmsghdr) std::array<char, 8192> message_{};
    std::optional<std::uint32_t> waiting_;
};

} // namespace

void make_entries_clash(const Lab& lab, unsigned times) {
    const auto destination = Lab::internet_address(model::Family::ipv4, 1);
    must_run({"iptables", "-t", "mangle", "-A", "OUTPUT", "-p", "tcp", "--dport",
              std::to_string(ports::silent), "-j", "NFQUEUE", "--queue-num", std::to_string(queue)},
             {.netns = lab.server().name()});
    const Inside inside(lab.server());
    Queue waiting;
    const Fd raw(must(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP), "raw socket"));
    const auto to = endpoint(destination, 0);
    std::vector<std::uint32_t> packets;
    for (unsigned i = 0; i < times; ++i) {
        tcphdr syn{};
        syn.source = htons(static_cast<std::uint16_t>(first_source_port + i));
        syn.dest = htons(ports::silent);
        syn.doff = sizeof syn / 4;
        syn.syn = 1; // the checksum of what this host sends itself is not looked at
        for (int one_of_two = 0; one_of_two < 2; ++one_of_two) {
            must(static_cast<int>(sendto(raw.get(), &syn, sizeof syn, 0, to.get(), to.size)), "send a SYN");
            packets.push_back(waiting.wait());
        }
    }
    for (const auto packet : packets) {
        waiting.accept(packet);
    }
    // Each verdict is carried out while it is sent.
}

} // namespace fwlearn::kernel_test
