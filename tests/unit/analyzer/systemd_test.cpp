#include <analyzer/render/nft.hpp>
#include <analyzer/render/systemd.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn;
using model::ForeignText;

namespace {

model::Selector unit(const std::string& name, const std::string& cgroup) {
    return {model::SelectorKind::unit, 0, ForeignText(name), ForeignText(cgroup), {}};
}

model::Whitelist with(const std::vector<model::Selector>& selectors) {
    model::Whitelist whitelist;
    for (const auto& selector : selectors) {
        model::Rule rule;
        rule.selectors = {selector};
        rule.protocol = model::protocol::tcp;
        rule.details = {443};
        rule.addresses = {*model::Prefix::parse("198.51.100.1/32")};
        whitelist.rules.push_back(rule);
    }
    return whitelist;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// As the nft output declares it.
std::string only_set_of(const model::Whitelist& whitelist) {
    const auto file = analyzer::render_nft(whitelist);
    const auto begin = file.find("\tset u_") + 5;
    return file.substr(begin, file.find(' ', begin) - begin);
}

} // namespace

TEST_CASE("a drop-in fills the very set that the nft file declares") {
    const auto whitelist = with({unit("cron.service", "system.slice/cron.service")});
    const auto set = only_set_of(whitelist);
    REQUIRE(set.starts_with("u_cron_service_"));
    CHECK(has(analyzer::render_systemd(whitelist, 255).text,
              "\n[Service]\nNFTSet=cgroup:inet:fwlearn:" + set + "\n"));
    const auto command = "=-+/usr/sbin/nft 'flush set inet fwlearn " + set + "; add element inet fwlearn " +
                         set + " { \"system.slice/cron.service\" }'\n";
    CHECK(has(analyzer::render_systemd(whitelist, 254).text, "\n[Service]\nExecCondition" + command));
    CHECK(has(analyzer::render_systemd(whitelist, 243).text, "\n[Service]\nExecCondition" + command));
    CHECK(has(analyzer::render_systemd(whitelist, 242).text, "\n[Service]\nExecStartPre" + command));
    CHECK(has(analyzer::render_systemd(whitelist, 0).text, "\n[Service]\nExecStartPre" + command));
}

TEST_CASE("each unit has one drop-in, under the path that systemd reads, and users have none") {
    auto whitelist = with({unit("b.service", "system.slice/b.service"),
                           unit("a.service", "system.slice/a.service"),
                           unit("b.service", "other.slice/b.service"),
                           {model::SelectorKind::uid, 33, {}, {}, {}}});
    const auto drop_ins = analyzer::systemd_drop_ins(whitelist, 255);
    REQUIRE(drop_ins.files.size() == 2);
    CHECK(drop_ins.files[0].folder == "a.service.d");
    CHECK(drop_ins.files[1].folder == "b.service.d");
    CHECK(std::count(drop_ins.files[1].content.begin(), drop_ins.files[1].content.end(), '=') == 2);
    const auto text = analyzer::render_systemd(whitelist, 255).text;
    CHECK(has(text, "\n\n# /etc/systemd/system/a.service.d/50-fwlearn.conf\n"));
    CHECK(has(text, "\n\n# /etc/systemd/system/b.service.d/50-fwlearn.conf\n"));
    CHECK(has(text, "# 2 units;"));
}

TEST_CASE("what systemd escapes in a unit's name, its command line gets escaped once more") {
    const auto whitelist = with({unit("a@x\\x2dy.service", "system.slice/system-a.slice/a@x\\x2dy.service")});
    const auto drop_ins = analyzer::systemd_drop_ins(whitelist, 252);
    REQUIRE(drop_ins.files.size() == 1);
    CHECK(drop_ins.files[0].folder == "a@x\\x2dy.service.d");
    CHECK(has(drop_ins.files[0].content, "{ \"system.slice/system-a.slice/a@x\\\\x2dy.service\" }"));
}

TEST_CASE("a unit that can have no drop-in is told, with the reason") {
    for (const auto* name : {"../evil.service", "a b.service", "a\nb.service", "a'b.service", "%n.service",
                             "session-1.scope", ".service", "plain", ""}) {
        CAPTURE(std::string(name));
        const auto rendered = analyzer::render_systemd(with({unit(name, "system.slice/x.service")}), 252);
        CHECK(rendered.not_expressed.size() == 1);
        CHECK_FALSE(has(rendered.text, "\n# /etc/systemd/system/")); // no file for it
        CHECK(has(rendered.text, "\n# no drop-in: "));
        CHECK(has(rendered.text, "\n# 0 units;"));
    }
    const auto mount = with({unit("srv.mount", "system.slice/srv.mount")});
    CHECK(analyzer::render_systemd(mount, 254).not_expressed.size() == 1);
    CHECK(has(analyzer::render_systemd(mount, 255).text, "\n[Mount]\nNFTSet="));
}
