#include "jsonl_flow.hpp"

#include "json_fields.hpp"
#include "number.hpp"

#include <model/vocabulary.hpp>

#include <nlohmann/json.hpp>

namespace fwlearn::import {
namespace {

using model::FlowCounts;
using model::ForeignText;
using nlohmann::json;

constexpr std::uint64_t largest_id = std::numeric_limits<std::uint32_t>::max();

ForeignText foreign(JsonFields& fields, const char* key) {
    return ForeignText(fields.text(key).value_or(""));
}

std::optional<std::uint32_t> id_number(JsonFields& fields, const char* key) {
    const auto number = fields.number(key, largest_id);
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

/// Nothing but a refused key when the word is none of the enumeration's.
template <typename Enum>
Enum word(JsonFields& fields, const char* key, Enum absent) {
    const auto text = fields.text(key);
    if (!text) {
        return absent;
    }
    const auto value = model::from_word<Enum>(*text);
    if (!value) {
        fields.refuse(key);
    }
    return value.value_or(absent);
}

std::optional<model::Timestamp> time(JsonFields& fields, const char* key) {
    const auto text = fields.text(key);
    const auto value = text ? model::parse_rfc3339(*text) : std::nullopt;
    if (text && (!value || *value < model::Timestamp{} || *value > latest_time())) {
        fields.refuse(key);
        return std::nullopt;
    }
    return value;
}

/// What an object inside of the line holds, and under "key.inner" what is wrong with it.
template <typename Read>
void inside(JsonFields& outer, const char* key, const Read& read) {
    if (const auto* const object = outer.object(key)) {
        JsonFields fields(*object);
        read(fields);
        if (const auto wrong = fields.wrong()) {
            outer.refuse((std::string(key) + "." + *wrong).c_str());
        }
    }
}

void read_who(JsonFields& fields, model::FlowKey& key, model::Identities& identities) {
    const auto name_user = [&identities](JsonFields& named, std::optional<std::uint32_t> uid) {
        auto user = foreign(named, "user");
        if (uid && !user.empty()) {
            identities.name_user(*uid, std::move(user));
        }
    };
    const auto read_process = [&name_user](JsonFields& fields_of) {
        model::Process process;
        process.exe = foreign(fields_of, "exe");
        process.comm = foreign(fields_of, "comm");
        process.cmdline = foreign(fields_of, "cmdline");
        process.cgroup = foreign(fields_of, "cgroup");
        process.unit = foreign(fields_of, "unit");
        process.uid = id_number(fields_of, "uid");
        process.script = foreign(fields_of, "script");
        for (auto& ancestor : fields_of.texts("ancestors")) {
            process.ancestors.emplace_back(std::move(ancestor));
        }
        process.deleted = fields_of.flag("deleted").value_or(false);
        process.in_memory = fields_of.flag("in_memory").value_or(false);
        process.contained = fields_of.flag("contained").value_or(false);
        name_user(fields_of, process.uid);
        return process;
    };
    model::Process sender;
    inside(fields, "process", [&](JsonFields& process) { sender = read_process(process); });
    inside(fields, "creator",
           [&](JsonFields& creator) { key.creator = identities.add(read_process(creator)); });
    inside(fields, "task", [&](JsonFields& task) {
        key.task = identities.add({word(task, "kind", model::TaskKind::unknown), foreign(task, "name")});
    });
    inside(fields, "owner", [&](JsonFields& owner) {
        const auto uid = id_number(owner, "uid");
        const auto gid = id_number(owner, "gid");
        key.owner.kind = word(owner, "kind", model::OwnerKind::unknown);
        if (key.owner.kind == model::OwnerKind::user) {
            if (!uid) {
                owner.refuse("uid");
            }
            key.owner = model::SocketOwner::user(uid.value_or(0), gid.value_or(model::no_gid));
            name_user(owner, uid);
        }
    });
    key.attribution = word(fields, "attribution", model::Attribution::unknown);
    // Of a process that nobody knows the socket's user is given (docs/json.md), which is no process.
    model::Process socket_owner;
    socket_owner.uid = key.owner.uid;
    const bool is_unknown = key.attribution == model::Attribution::unknown &&
                            key.owner.kind == model::OwnerKind::user && sender == socket_owner;
    key.process = is_unknown ? model::ProcessId::unknown : identities.add(sender);
    key.interface = identities.add_interface(foreign(fields, "interface"));
}

void read_destination(JsonFields& fields, model::Destination& destination) {
    const auto address = model::Address::parse(fields.text("address").value_or(""));
    const auto protocol = model::Protocol::parse(fields.text("protocol").value_or(""));
    if (!address) {
        fields.refuse("address");
    }
    if (!protocol) {
        fields.refuse("protocol");
    }
    if (!address || !protocol) {
        return;
    }
    destination.address = *address;
    destination.service.protocol = *protocol;
    if (protocol->has_ports()) {
        const auto port = fields.number("port", std::numeric_limits<std::uint16_t>::max());
        if (!port) {
            fields.refuse("port");
        }
        destination.service.detail = static_cast<std::uint16_t>(port.value_or(0));
    } else if (protocol->is_icmp()) {
        const auto type = fields.number("icmp_type", std::numeric_limits<std::uint8_t>::max());
        const auto code = fields.number("icmp_code", std::numeric_limits<std::uint8_t>::max());
        if (!type) {
            fields.refuse("icmp_type");
        }
        if (!code) {
            fields.refuse("icmp_code");
        }
        if ((*protocol == model::protocol::icmp) != (address->family() == model::Family::ipv4)) {
            fields.refuse("protocol");
        }
        destination.service = model::Service::icmp(*protocol, static_cast<std::uint8_t>(type.value_or(0)),
                                                   static_cast<std::uint8_t>(code.value_or(0)));
    }
}

void read_counts(JsonFields& fields, FlowCounts& counts) {
    counts.count = fields.number("count", largest_count).value_or(0);
    if (counts.count == 0) {
        fields.refuse("count");
    }
    const auto at_most = [&fields](const char* key, std::uint64_t largest) {
        return fields.number(key, largest).value_or(0);
    };
    // Of one flow "replied" says how it ended; of many it says only that one of them was answered.
    const bool replied = fields.flag("replied").value_or(false);
    counts.answered = fields.number("answered", counts.count).value_or(replied ? 1 : 0);
    counts.answered = std::min(counts.answered, counts.count);
    counts.refused = at_most("refused", counts.count - counts.answered);
    counts.unanswered = at_most("unanswered", counts.count - counts.answered - counts.refused);
    counts.already_open = at_most("already_open", counts.count);
    counts.packets_out = at_most("packets_out", largest_count);
    counts.bytes_out = at_most("bytes_out", largest_count);
    counts.packets_in = at_most("packets_in", largest_count);
    counts.bytes_in = at_most("bytes_in", largest_count);
}

} // namespace

std::variant<JsonlFlow, JsonlVerdict, JsonlRefusal> read_jsonl_flow(const json& object,
                                                                    model::Identities& identities) {
    JsonFields fields(object);
    const auto first = time(fields, "first_seen");
    const auto last = time(fields, "last_seen");
    if (!first) {
        fields.refuse("first_seen");
    } else if (last && *last < *first) {
        fields.refuse("last_seen");
    } else if (object.contains("nearest_rule")) {
        return JsonlVerdict{*first};
    }
    JsonlFlow flow;
    read_counts(fields, flow.counts);
    read_destination(fields, flow.key.destination);
    flow.key.overflow = fields.flag("overflow").value_or(false);
    flow.key.verdict = word(fields, "verdict", model::FlowVerdict::accepted);
    flow.names = fields.texts("names");
    const auto name_source = fields.text("name_source");
    const auto source = name_source ? model::from_word<model::BindingSource>(*name_source) : std::nullopt;
    if (name_source && (!source || flow.names.size() != 1)) {
        fields.refuse("name_source");
    }
    for (const auto& evidence : fields.texts("name_evidence")) {
        const auto known = model::from_word<model::BindingSource>(evidence);
        if (!known) {
            fields.refuse("name_evidence");
        }
        flow.evidence.push_back(known.value_or(model::BindingSource::dns_host));
    }
    if (!flow.evidence.empty() && flow.evidence.size() != flow.names.size()) {
        fields.refuse("name_evidence");
    }
    if (!fields.wrong()) { // so that a refused line leaves no identity behind
        read_who(fields, flow.key, identities);
    }
    if (const auto wrong = fields.wrong()) {
        return JsonlRefusal{"\"" + *wrong + "\" is missing, or not what `flows --json` writes there"};
    }
    if (source && !flow.key.overflow) {
        flow.key.name = identities.add_name(ForeignText(flow.names.front()));
        flow.key.name_source = *source;
    }
    flow.counts.first_seen = *first;
    flow.counts.last_seen = last.value_or(*first);
    return flow;
}

} // namespace fwlearn::import
