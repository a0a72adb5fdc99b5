#include "last_audit.hpp"

#include <analyzer/audit.hpp>
#include <model/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>

namespace fwlearn::cli {
namespace {

bool is_fingerprint(const std::string& line) {
    constexpr std::size_t digits = 32;
    return line.size() == digits && line.find_first_not_of("0123456789abcdef") == std::string::npos;
}

} // namespace

bool LastAudit::has(const model::Flow& flow, const model::Identities& identities) const {
    const auto seen = flow.counts.last_seen;
    return seen <= until - once_more || (told.contains(analyzer::fingerprint(flow, identities)));
}

std::optional<LastAudit> read_last_audit(const std::filesystem::path& path) {
    const auto shown = model::for_terminal(model::ForeignText(path.string()));
    errno = 0;
    std::ifstream file(path);
    if (!file.is_open()) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        throw model::SystemError("cannot read " + shown + " (--since asks for a time, without it)", errno);
    }
    std::string line;
    std::getline(file, line);
    const auto until = model::parse_rfc3339(line);
    LastAudit last{until.value_or(model::Timestamp{}), {}};
    bool sound = until.has_value();
    while (sound && std::getline(file, line)) {
        sound = is_fingerprint(line);
        last.told.insert(line);
    }
    if (!sound) {
        throw model::UsageError(shown + " does not say when the last audit was: remove it to audit all that "
                                        "is recorded, or give --since");
    }
    return last;
}

LastAudit next_audit(const model::Record& audited, const std::optional<LastAudit>& before,
                     std::optional<model::Timestamp> end) {
    LastAudit next;
    next.until = before ? before->until : model::Timestamp{};
    for (const auto& flow : audited.flows) {
        const auto seen = flow.counts.last_seen;
        next.until = std::max(next.until, end ? std::min(seen, *end) : seen);
    }
    for (const auto& flow : audited.flows) {
        if (flow.counts.last_seen > next.until - LastAudit::once_more) {
            next.told.insert(analyzer::fingerprint(flow, audited.identities));
        }
    }
    // Of those that were passed over this time, which may be in the minute of the next one, too.
    if (before && before->until > next.until - LastAudit::once_more) {
        next.told.insert(before->told.begin(), before->told.end());
    }
    return next;
}

std::string to_text(const LastAudit& last) {
    auto text = model::to_rfc3339(last.until) + "\n";
    for (const auto& fingerprint : last.told) {
        text += fingerprint + "\n";
    }
    return text;
}

} // namespace fwlearn::cli
