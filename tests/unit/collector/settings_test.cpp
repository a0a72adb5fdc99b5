// Do settings that are odd, hostile or not settings at all stay harmless, and do links stay below the root?
#include <collector/host/settings.hpp>
#include <model/vocabulary.hpp>

#include <doctest/doctest.h>
#include <settings/endpoint.hpp>
#include <settings/log.hpp>
#include <settings/packages.hpp>
#include <settings/resolvers.hpp>
#include <settings/systemd_conf.hpp>
#include <settings/time.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

using namespace fwlearn;
using namespace collector::host;

namespace {

/// A root of its own for every test, in a folder that is not part of it.
class Root {
  public:
    Root() {
        std::string name = (std::filesystem::temp_directory_path() / "fwlearn-settings-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        outside_ = name;
        std::filesystem::create_directories(path());
    }
    ~Root() { std::filesystem::remove_all(outside_); }
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;

    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((path() / name).parent_path());
        std::ofstream(path() / name) << text;
    }
    void link(const std::string& name, const std::string& target) const {
        std::filesystem::create_directories((path() / name).parent_path());
        std::filesystem::create_symlink(target, path() / name);
    }
    [[nodiscard]] std::filesystem::path path() const { return outside_ / "root"; }
    [[nodiscard]] const std::filesystem::path& outside() const { return outside_; }

  private:
    std::filesystem::path outside_;
};

/// file:line, name or address and service of each, by blanks.
std::string to_text(const std::vector<model::Configured>& entries) {
    std::string text;
    for (const auto& entry : entries) {
        text += (text.empty() ? "" : " ") + entry.file.raw_bytes() + ":" + std::to_string(entry.line) + "=" +
                (entry.address ? entry.address->to_string() : entry.name.raw_bytes()) + "," +
                entry.service.to_string();
    }
    return text;
}

std::string settings_of(const Root& root) {
    return to_text(read_settings(root.path()));
}

/// What a reader finds in a text that is called "f".
template <typename Reader>
std::string found(const Reader& reader, std::string_view text) {
    return to_text(reader(text, model::ForeignText("f")).entries);
}

} // namespace

TEST_CASE("a link leads nowhere but below the root") {
    const Root root;
    std::ofstream(root.outside() / "secret") << "nameserver 192.0.2.1\n";
    root.link("etc/resolv.conf", "../../secret"); // as from /, where .. is / again
    CHECK(settings_of(root).empty());
    root.write("secret", "nameserver 192.0.2.2\n");
    CHECK(settings_of(root) == "/etc/resolv.conf:1=192.0.2.2,tcp/53 /etc/resolv.conf:1=192.0.2.2,udp/53");

    root.link("etc/apt/sources.list", (root.outside() / "secret").string()); // absolute: from the root
    root.link("etc/chrony", "/srv/chrony");
    root.write("srv/chrony/chrony.conf", "sourcedir /etc/chrony/x\nserver a.example\n");
    root.write("srv/chrony/x/b.sources", "server b.example\n");
    CHECK(settings_of(root) ==
          "/etc/resolv.conf:1=192.0.2.2,tcp/53 /etc/resolv.conf:1=192.0.2.2,udp/53 "
          "/etc/chrony/chrony.conf:2=a.example,udp/123 /etc/chrony/x/b.sources:1=b.example,udp/123");
}

TEST_CASE("includes lead nowhere but below the root, and round in circles only once") {
    const Root root;
    std::ofstream(root.outside() / "x.conf") << "server=192.0.2.1\n";
    root.write("etc/dnsmasq.conf", "conf-file=/../x.conf\nconf-dir=/../\nconf-file=/etc/dnsmasq.conf\n"
                                   "conf-dir=/etc/dnsmasq.d,*.conf\nserver=192.0.2.2\nconf-file=x.conf\n");
    root.write("etc/dnsmasq.d/a.conf", "conf-dir=/etc/dnsmasq.d/\nconf-dir=/etc//dnsmasq.d\n");
    CHECK(settings_of(root) == "/etc/dnsmasq.conf:5=192.0.2.2,tcp/53 /etc/dnsmasq.conf:5=192.0.2.2,udp/53");
}

TEST_CASE("a chain of includes that is longer than any program's own limit ends") {
    const Root root;
    root.write("etc/chrony/chrony.conf", "include /c/0\n");
    for (int i = 0; i < 100; ++i) {
        root.write("c/" + std::to_string(i), "include /c/" + std::to_string(i + 1) + "\nserver 192.0.2." +
                                                 std::to_string(i + 1) + "\n");
    }
    CHECK(read_settings(root.path()).size() == 15);
}

TEST_CASE("what is no regular file counts as not there, and nothing waits for it") {
    const Root root;
    CHECK(settings_of(root).empty());
    CHECK(read_settings(root.path() / "nowhere").empty());
    root.link("etc/resolv.conf", "resolv.conf");
    root.link("etc/hosts", "/proc/self/environ");
    root.link("etc/apt/sources.list.d", "sources.list.d");
    std::filesystem::create_directories(root.path() / "etc/rsyslog.conf");
    std::filesystem::create_directories(root.path() / "etc/apt/apt.conf.d/folder");
    std::filesystem::create_directories(root.path() / "etc/postfix");
    REQUIRE(mkfifo((root.path() / "etc/postfix/main.cf").c_str(), 0600) == 0);
    REQUIRE(mkfifo((root.path() / "etc/apt/sources.list").c_str(), 0600) == 0);
    root.write("etc/msmtprc", "host a.example\n" + std::string(2U << 20U, '#'));
    root.write("etc/letsencrypt/renewal", "server = https://a.example\n");
    CHECK(settings_of(root).empty());
}

TEST_CASE("of one kind no more than 10,000 are kept, and they leave the other kinds their place") {
    const Root root;
    std::string text;
    for (int i = 0; i < 30'000; ++i) {
        text += "192.0.2.1 h" + std::to_string(i) + "\n";
    }
    root.write("etc/hosts", text);
    root.write("etc/apt/sources.list", "deb http://a.example/ x\n");
    CHECK(read_settings(root.path()).size() == 10'001);
}

TEST_CASE("lines without end, bytes of all kinds and what is never closed name nothing") {
    const std::string nul("nameserver 192.0.2.1\0.2\nnameserver \0\n", 37);
    CHECK(found(settings::resolv_conf, nul).empty());
    CHECK(found(settings::resolv_conf, "nameserver " + std::string(500'000, '1')).empty());
    CHECK(found(settings::resolv_conf, "nameserver\r\nnameserver 192.0.2.1\r\n") ==
          "f:2=192.0.2.1,udp/53 f:2=192.0.2.1,tcp/53");
    CHECK(
        found(settings::sources_list, "deb [arch=amd64 http://a.example/ x\ndeb [\ndeb\ndeb-src []").empty());
    CHECK(found(settings::sources_list,
                "deb http://a\xff.example/ x\ndeb http:// x\ndeb http://a:b:c/ x\n"
                "deb http://a.example:99999/ x\ndeb http://[::1/ x\ndeb http://@/ x\n")
              .empty());
    CHECK(settings::apt_proxies({{"f", "Acquire::http::Proxy \"http://a.example\nAcquire { http { Proxy"}})
              .entries.empty());
    CHECK(settings::apt_proxies(
              {{"f", std::string(100'000, '{') + "Acquire::http::Proxy \"http://a.example\";"}})
              .entries.empty());
    CHECK(found(settings::rsyslog_conf, "action(type=\"omfwd\" target=\"a.example\"").empty());
    CHECK(found(settings::rsyslog_conf, "action(type=\"omfwd\" target=\"a.example)\n").empty());
    CHECK(found(settings::rsyslog_conf, "*.* @\n*.* @@\n*.* @(\n*.* @@(x\n*.* @(o):1\n/* *.* @a.example\n")
              .empty());
    CHECK(found(settings::unbound_conf, "forward-zone: forward-addr: \"192.0.2.1").empty());
    CHECK(found(settings::unbound_conf, "forward-addr:").empty());
}

TEST_CASE("user and password of a URI are never kept") {
    const Root root;
    root.write("etc/apt/sources.list",
               "deb https://user:sesame@a.example/ x\ndeb http://sesame:@b.example:81/ x\n"
               "deb http://x:sesame@y@c.example/ x\n");
    root.write("etc/apt/apt.conf", "Acquire::http::Proxy \"http://me:sesame@p.example:3128\";\n");
    const auto text = settings_of(root);
    CHECK(text.find("sesame") == std::string::npos);
    CHECK(text == "/etc/apt/apt.conf:1=p.example,tcp/3128 /etc/apt/sources.list:1=a.example,tcp/443 "
                  "/etc/apt/sources.list:2=b.example,tcp/81 /etc/apt/sources.list:3=c.example,tcp/80");
}

TEST_CASE("what the host answers itself is not needed from the network") {
    for (const auto* text : {"127.0.0.53", "::1", "0.0.0.0", "::", "localhost", "LOCALHOST.", "a.localhost",
                             "[::1]:53", "::ffff:127.0.0.1", "127.9.9.9:53"}) {
        CAPTURE(text);
        const auto endpoint = settings::endpoint(text);
        REQUIRE(endpoint);
        CHECK(!endpoint->is_elsewhere());
    }
}

TEST_CASE("host and port are told apart") {
    const auto text = [](std::string_view from) {
        const auto to = settings::endpoint(from);
        return to ? (to->address ? to->address->to_string() : to->name) + " " + std::to_string(to->port)
                  : "-";
    };
    CHECK(text("A.Example.") == "a.example 0");
    CHECK(text("a.example:587") == "a.example 587");
    CHECK(text("[a.example]:submission") == "a.example 587");
    CHECK(text("2001:db8::1") == "2001:db8::1 0");
    CHECK(text("[2001:db8::1%eth0]:53") == "2001:db8::1 53");
    CHECK(text("192.0.2.1:") == "192.0.2.1 0");
    for (const auto* bad : {"", ":", "[", "[]", "[]:1", "[::1", "[::1]x", "a:b:c", "a:0", "a:65536", "a:-1",
                            "a b", "*.example", "1.2.3", "a:1x"}) {
        CAPTURE(bad);
        CHECK(text(bad) == "-");
    }
}

TEST_CASE("a systemd line goes on after a backslash, and the last line may end with one") {
    const auto read =
        settings::systemd_settings("[Time]\nNTP=a \\\n# not\n  b\\\n\nNTP=c\n[Other]\nNTP=d\\", "Time");
    REQUIRE(read.size() == 2);
    CHECK(settings::words_of(read[0].value) == std::vector<std::string_view>{"a", "b"});
    CHECK(read[0].line == 2);
    CHECK(read[1].value == "c");
    CHECK(read[1].line == 6);
    CHECK(settings::systemd_settings("[Time", "Time").empty());
    CHECK(settings::systemd_settings("NTP=a\n[", "").empty());
}

TEST_CASE("an empty list forgets what earlier files had, a masked drop-in hides its namesake") {
    const Root root;
    root.write("etc/systemd/timesyncd.conf", "[Time]\nNTP=a.example\nFallbackNTP=b.example\n");
    root.write("usr/lib/systemd/timesyncd.conf.d/50.conf", "[Time]\nNTP=masked.example\n");
    root.link("etc/systemd/timesyncd.conf.d/50.conf", "/dev/null");
    root.write("run/systemd/timesyncd.conf.d/60.conf", "[Time]\nNTP=\nNTP=c.example\n");
    CHECK(settings_of(root) == "/etc/systemd/timesyncd.conf:3=b.example,udp/123 "
                               "/run/systemd/timesyncd.conf.d/60.conf:3=c.example,udp/123");
}

TEST_CASE("what is compiled into systemd-timesyncd counts where it is installed and nothing else is set") {
    const Root root;
    root.write("etc/systemd/timesyncd.conf", "[Time]\n#FallbackNTP=a.example b.example\n");
    CHECK(settings_of(root).empty());
    root.write("usr/lib/systemd/systemd-timesyncd", "");
    CHECK(settings_of(root) == "/etc/systemd/timesyncd.conf:2=a.example,udp/123 "
                               "/etc/systemd/timesyncd.conf:2=b.example,udp/123");
    root.write("etc/systemd/timesyncd.conf.d/x.conf", "[Time]\nFallbackNTP=\n");
    CHECK(settings_of(root).empty());
}
