// Is only what can be a host's name taken for one?
#include <model/host_name.hpp>

#include <doctest/doctest.h>

using fwlearn::model::host_name;

TEST_CASE("names are compared in lower case and without the final dot") {
    CHECK(host_name("Deb.Example.org.") == "deb.example.org");
    CHECK(host_name("localhost") == "localhost");
    CHECK(host_name("_acme.x-y.example") == "_acme.x-y.example");
    CHECK(host_name("xn--mnchen-3ya.example") == "xn--mnchen-3ya.example");
    CHECK(host_name("1and1.com") == "1and1.com");
    CHECK(host_name(std::string(63, 'a') + ".example") == std::string(63, 'a') + ".example");
}

TEST_CASE("what is no host's name is refused") {
    for (const auto* text : {"",
                             ".",
                             "..",
                             "a..b",
                             ".a",
                             "192.0.2.1",
                             "2001:db8::1",
                             "1",
                             "a.0x7f",
                             "0x7f",
                             "*.example.org",
                             "a b",
                             "a/b",
                             "a\"b",
                             "a;b",
                             "-a",
                             "a-",
                             "m\xc3\xbcnchen.de",
                             "a\n",
                             "a.b..",
                             "x.0x"}) {
        CAPTURE(std::string(text));
        CHECK_FALSE(host_name(text).has_value());
    }
    CHECK_FALSE(host_name(std::string(64, 'a')).has_value());
    CHECK_FALSE(host_name(std::string_view("a\0b", 3)).has_value());
    std::string long_name = "a";
    while (long_name.size() < 252) {
        long_name += ".a";
    }
    CHECK(host_name(long_name).has_value());
    CHECK_FALSE(host_name(long_name + ".a").has_value());
}
