#include "folded_findings.hpp"

#include <model/counted.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <syslog.h>

#include <array>
#include <ctime>

namespace fwlearn::cli {
namespace {

using Kind = FindingSender::Kind;

std::string sender_words(const FindingSender& sender) {
    switch (sender.kind) {
    case Kind::user: {
        auto words = "user " + std::to_string(sender.uid);
        if (!sender.user.empty()) {
            words += " " + model::for_terminal(sender.user);
        }
        return sender.unit.empty() ? words : words + " in " + model::for_terminal(sender.unit);
    }
    case Kind::users_without_name:
        return "users without a name";
    case Kind::kernel:
        return "the kernel's own";
    case Kind::others:
        return "other senders";
    case Kind::unknown:
        break;
    }
    return "senders that are not known";
}

const char* kind_word(Kind kind) {
    switch (kind) {
    case Kind::user:
        return "user";
    case Kind::users_without_name:
        return "users without a name";
    case Kind::kernel:
        return "kernel";
    case Kind::others:
        return "others";
    case Kind::unknown:
        break;
    }
    return "unknown";
}

const char* verdict_of(const FoldedFindings& folded) {
    return folded.denied > 0 ? "denied" : "unexplained";
}

/// As --since takes it, in local time.
std::string command_for(const FoldedFindings& folded) {
    const std::time_t instant = std::chrono::system_clock::to_time_t(folded.since);
    std::tm calendar{};
    localtime_r(&instant, &calendar);
    std::array<char, 64> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &calendar);
    return "fwlearn audit --since '" + std::string(text.data(), size) + "'";
}

} // namespace

std::string folded_line(const FoldedFindings& folded) {
    return fmt::format("folded: {} of {} ({} denied), {}; all of them: {}",
                       model::counted(folded.findings, "more finding"), sender_words(folded.sender),
                       folded.denied, model::counted(folded.flows, "flow"), command_for(folded));
}

std::string folded_to_json(const FoldedFindings& folded) {
    using Json = nlohmann::ordered_json;
    const auto& sender = folded.sender;
    const Json document{
        {"folded", folded.findings},
        {"verdict", verdict_of(folded)},
        {"denied", folded.denied},
        {"unexplained", folded.findings - folded.denied},
        {"count", folded.flows},
        {"packets", folded.packets},
        {"owner",
         {{"kind", kind_word(sender.kind)},
          {"uid", sender.kind == Kind::user ? Json(sender.uid) : Json(nullptr)},
          {"user", sender.user.raw_bytes()}}},
        {"unit", sender.unit.raw_bytes()},
        {"since", model::to_rfc3339(folded.since)},
        {"last_seen", model::to_rfc3339(folded.last_seen)},
        {"command", command_for(folded)},
    };
    return document.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::vector<std::string> journal_fields(const FoldedFindings& folded) {
    return {"MESSAGE=" + folded_line(folded),
            "PRIORITY=" + std::to_string(folded.denied > 0 ? LOG_WARNING : LOG_NOTICE),
            "SYSLOG_IDENTIFIER=fwlearn", std::string("FWLEARN_VERDICT=") + verdict_of(folded),
            "FWLEARN_FOLDED=" + std::to_string(folded.findings)};
}

} // namespace fwlearn::cli
