#include "formats.hpp"

#include <analyzer/render/dnsmasq.hpp>
#include <analyzer/render/firewalld.hpp>
#include <analyzer/render/iptables.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/markdown.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/render/table.hpp>
#include <analyzer/render/ufw.hpp>

namespace fwlearn::cli {
namespace {

/// One that expresses every rule.
template <typename Render>
Format whole(const Render& render) {
    return [render](const model::Whitelist& whitelist, const Context&) {
        return analyzer::Rendered{render(whitelist), {}};
    };
}

/// One that says which rules it does not express.
template <typename Render>
Format partial(const Render& render) {
    return [render](const model::Whitelist& whitelist, const Context&) { return render(whitelist); };
}

Format of_family(model::Family family) {
    return [family](const model::Whitelist& whitelist, const Context&) {
        return analyzer::render_iptables(whitelist, family);
    };
}

analyzer::Rendered dnsmasq(const model::Whitelist& whitelist, const Context& /*context*/) {
    return {analyzer::render_dnsmasq(whitelist), analyzer::not_filled_by_dnsmasq(whitelist)};
}

analyzer::Rendered table(const model::Whitelist& whitelist, const Context& context) {
    return {analyzer::render_table(whitelist, {terminal_width(), wants_color(context)}), {}};
}

} // namespace

const std::map<std::string, Format>& formats() {
    static const std::map<std::string, Format> all{
        {"table", table},
        {"nft", whole([](const model::Whitelist& whitelist) { return analyzer::render_nft(whitelist); })},
        {"iptables", of_family(model::Family::ipv4)},
        {"ip6tables", of_family(model::Family::ipv6)},
        {"ipset", whole(analyzer::render_ipset)},
        {"ufw", partial(analyzer::render_ufw)},
        {"firewalld", partial(analyzer::render_firewalld)},
        {"dnsmasq", dnsmasq},
        {"json", whole(analyzer::render_json)},
        {"markdown", whole(analyzer::render_markdown)},
    };
    return all;
}

} // namespace fwlearn::cli
