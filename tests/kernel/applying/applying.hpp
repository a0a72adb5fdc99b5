// A server in the lab with a record of its last day, on which fwlearn applies what it learned; what is open
// on it meanwhile; and a terminal to type on. Knows nothing of what is tested. Used by apply_test and
// way_back_test.
#pragma once

#include "ground/netns.hpp"
#include "ground/process.hpp"
#include "ground/temporary.hpp"

namespace fwlearn::kernel_test {

class Applying {
  public:
    /// The record spans 25 hours up to now, without a gap, and has users and units that are not here.
    Applying();

    [[nodiscard]] const Lab& lab() const { return lab_; }
    [[nodiscard]] std::vector<std::string> command(std::vector<std::string> arguments) const;
    [[nodiscard]] Result run(const std::vector<std::string>& arguments) const;
    [[nodiscard]] std::string suggestion(const std::vector<std::string>& options = {},
                                         const std::string& format = "nft") const;

    /// For nft, in the server's namespace.
    void load(const std::string& commands) const;
    void load_another_programs_tables() const;
    void flush() const { load("flush ruleset"); }
    /// As nft lists it, without counters and what is left of timeouts.
    [[nodiscard]] std::string ruleset() const;
    void forget_neighbours() const;

    std::string file(const std::string& name, const std::string& content) const;
    [[nodiscard]] std::filesystem::path state(const std::string& name) const;
    void write_state(const std::string& name, const std::string& content) const;
    [[nodiscard]] std::string read_state(const std::string& name) const;
    /// In the place of `what`, which is there.
    void change_state(const std::string& name, const std::string& what, const std::string& other) const;
    /// Until the way back has taken the whitelist back, and has no more to do.
    void wait_until_taken_back() const;
    static std::string way_back_pid(const std::string& said);

    struct Outcome {
        std::chrono::milliseconds deadline{}, begun{}, ended{};
    };
    /// As the way back wrote it down, on its own clock.
    [[nodiscard]] Outcome outcome() const;

  private:
    Lab lab_;
    TemporaryDirectory directory_;
};

/// An inbound connection over IPv4, one over IPv6, and an outbound one to port 5001, all established.
class Session {
  public:
    explicit Session(const Lab& lab);

    /// Octets go there and back on each, the other end's first.
    [[nodiscard]] bool echoes() const;
    /// On the inbound ones the server's octets arrive, though the other end says nothing.
    [[nodiscard]] bool server_speaks_first() const;
    /// A new inbound connection, over IPv6.
    [[nodiscard]] bool can_come_in() const;
    /// A new outbound one.
    [[nodiscard]] bool can_go_out(const std::string& address) const;

  private:
    struct Pair {
        Fd server, client;
    };
    [[nodiscard]] Pair come_in(model::Family family) const;

    const Lab& lab_;
    Fd listener_;
    std::vector<Pair> inbound_;
    Fd outbound_;
};

/// fwlearn on a terminal of its own.
class Terminal {
  public:
    Terminal(const Applying& server, const std::vector<std::string>& arguments);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    void wait_for(const std::string& words);
    void type(const std::string& words) const;
    /// As when its window is closed.
    void hang_up();
    int status();

  private:
    Fd master_;
    int pid_ = -1;
    std::string said_;
};

} // namespace fwlearn::kernel_test
