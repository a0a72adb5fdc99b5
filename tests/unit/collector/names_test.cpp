// For whom does an answer hold? What was asked, by whom, and for whom it was asked, put together.
#include "names.hpp"
#include "sent_flows.hpp"

#include <doctest/doctest.h>

using namespace fwlearn;
using namespace fwlearn::collector;
using namespace fwlearn::collector::names;
using namespace fwlearn::collector::test;
using namespace std::chrono_literals;

namespace {

const auto here = *model::Address::parse("198.51.100.7");
const auto resolver = *model::Address::parse("192.0.2.53");
const auto stub = *model::Address::parse("127.0.0.53");
constexpr std::uint32_t of_resolved = 991;
constexpr std::uint32_t of_mail = 101;

/// A host whose name servers are these two; each user's process has his number.
class Host {
  public:
    Host() {
        names_.use_resolvers({resolver, stub});
        for (const auto& [uid, exe] : {std::pair{of_resolved, "/usr/lib/systemd/systemd-resolved"},
                                       {of_mail, "/usr/lib/postfix/sbin/smtpd"},
                                       {1000U, "/usr/lib/systemd/systemd-resolved"}}) {
            model::Process process;
            process.exe = model::ForeignText(exe);
            process.uid = uid;
            processes_[model::ProcessId(uid)] = process;
        }
    }

    void asks(std::uint32_t uid, const char* name, const model::Address& server) {
        take(uid, reading::Asked{flow(uid, server), 7, {name, dns_type::a}});
    }
    void is_answered(std::uint32_t uid, const char* name, const model::Address& server) {
        take(uid, reading::Answered{flow(uid, server), 7, {name, dns_type::a}, {name, name, {here}, 60}});
    }
    void resolves(std::uint32_t uid, const char* name, const model::Address& server) {
        asks(uid, name, server);
        is_answered(uid, name, server);
    }

    /// How this user knows the address; "none".
    [[nodiscard]] std::string name_for(std::uint32_t uid) const {
        LivingSender sender;
        sender.owner = model::SocketOwner::user(uid, uid);
        sender.actor = uid + 1;
        const auto found = names_.name_of(sender, here, at(1s));
        return found ? found->name : "none";
    }

  private:
    static Tuple flow(std::uint32_t uid, const model::Address& server) {
        Tuple flow;
        flow.source = *model::Address::parse("192.0.2.10");
        flow.source_detail = static_cast<std::uint16_t>(uid);
        flow.destination = {model::Service::port(model::protocol::udp, 53), server};
        return flow;
    }

    void take(std::uint32_t uid, const reading::Heard& heard) {
        names_.take(
            heard, model::SocketOwner::user(uid, uid), std::nullopt,
            [uid](const Tuple& /*flow*/, const model::SocketOwner& owner, Names::Moment /*then*/) {
                LivingSender sender;
                sender.owner = owner;
                sender.process = model::ProcessId(uid);
                sender.actor = uid + 1;
                return sender;
            },
            [this](model::ProcessId id) -> const model::Process& { return processes_.at(id); }, at(0s));
    }

    Names names_;
    std::map<model::ProcessId, model::Process> processes_;
};

} // namespace

TEST_CASE("what the host's resolver asks for somebody unseen holds for the host") {
    Host host;
    host.resolves(of_resolved, "archive.example", resolver);
    CHECK(host.name_for(0) == "archive.example");
}

TEST_CASE("what a daemon asks holds for its own user: whoever had it asked owns the name") {
    Host host;
    host.resolves(of_mail, "evil.example", resolver);
    CHECK(host.name_for(of_mail) == "evil.example");
    CHECK(host.name_for(0) == "none");
}

TEST_CASE("nobody is the host's resolver who is no user of the system's") {
    Host host;
    host.resolves(1000, "evil.example", resolver);
    CHECK(host.name_for(0) == "none");
}

TEST_CASE("what the host's resolver asks for somebody whose question was seen is that one's") {
    Host host;
    host.asks(of_mail, "evil.example", stub);
    host.resolves(of_resolved, "evil.example", resolver);
    host.is_answered(of_mail, "evil.example", stub);
    CHECK(host.name_for(of_mail) == "evil.example");
    CHECK(host.name_for(0) == "none");
    // ... and asked for again when nobody waits: by somebody unseen.
    host.resolves(of_resolved, "evil.example", resolver);
    CHECK(host.name_for(0) == "evil.example");
}
