#include <firewall/unit_sets.hpp>
#include <model/foreign_text.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;
using firewall::cgroup_of_comment;

TEST_CASE("a set's comment tells the cgroup that it was made of") {
    for (const std::string path :
         {"system.slice/cron.service", "system.slice/system-a.slice/a@x\\x2dy.service", "a:b_c.service"}) {
        CHECK(cgroup_of_comment(model::for_rule_comment(model::ForeignText(path))) == path);
    }
}

TEST_CASE("a comment that is cut, or stands for what systemd makes no cgroup of, tells none") {
    const auto cut = "system.slice/" + std::string(130, 'a') + ".service";
    CHECK_FALSE(cgroup_of_comment(model::for_rule_comment(model::ForeignText(cut))));
    for (const std::string comment : {"",     "/",      "/a.service", "a.service/", "a//b",
                                      "..",   "a/../b", "./a",        "a%",         "a%2",
                                      "a%zz", "a%-1b",  "a%00b",      "a%0Ab",      "a%22 }; flush ruleset",
                                      "a b",  "a\"b",   "a;b",        "a{b",        "a$b",
                                      "%2Fa"}) {
        CAPTURE(comment);
        CHECK_FALSE(cgroup_of_comment(comment));
    }
}
