#include "import/zeek.hpp"

#include "accumulator.hpp"
#include "zeek_conn.hpp"
#include "zeek_dns.hpp"
#include "zeek_json.hpp"
#include "zeek_tsv.hpp"

#include <model/errors.hpp>

namespace fwlearn::import {
namespace {

constexpr std::string_view blanks = " \t";

enum class Log : std::uint8_t { conn, dns, other };

/// By the log's own name where it is one of the two, else by columns that only one of them has: a site may
/// call its logs as it likes. `has` tells whether there is such a column.
template <typename Has>
Log kind_of(std::string_view path, const Has& has) {
    if (path == "conn" || path == "dns") {
        return path == "conn" ? Log::conn : Log::dns;
    }
    if (has(Column::conn_state)) {
        return Log::conn;
    }
    const bool dns = has(Column::query) || has(Column::answers) || has(Column::qtype) || has(Column::rcode);
    return dns ? Log::dns : Log::other;
}

class ZeekReader {
  public:
    ZeekReader(const model::ForeignText& name, const Locals& locals)
        : sum_(name, model::ObservationSource::zeek), locals_(locals) {}

    void take(const Line& line) {
        if (line.text.starts_with('#')) {
            tsv_.header(line.text);
            return;
        }
        const auto first = line.text.find_first_not_of(blanks);
        if (first == std::string_view::npos && !line.too_long) {
            return;
        }
        sum_.line();
        if (line.too_long) {
            sum_.bad(line, "is longer than 1 MiB");
        } else if (line.text[first] == '{') {
            take_json(line);
        } else {
            take_tsv(line);
        }
    }

    Imported finish() {
        if (unlocated_ && !located_) {
            refuse_to_guess();
        }
        return sum_.finish();
    }

  private:
    void take_json(const Line& line) {
        if (!read_zeek_json(line.text, row_)) {
            sum_.bad(line, "is no JSON object");
            return;
        }
        take_row(line, kind_of(row_[Column::path].value_or(""),
                               [this](Column column) { return row_.has(column); }));
    }

    void take_tsv(const Line& line) {
        if (const auto why = tsv_.read(line.text, row_)) {
            sum_.bad(line, *why);
            return;
        }
        take_row(line, kind_of(tsv_.path(), [this](Column column) { return tsv_.has(column); }));
    }

    void take_row(const Line& line, Log kind) {
        switch (kind) {
        case Log::conn:
            std::visit([this, &line](const auto& reading) { take_reading(line, reading); },
                       read_conn(row_, locals_));
            break;
        case Log::dns:
            if (locals_.empty()) {
                refuse_to_guess(); // no column of dns.log tells
            }
            std::visit([this, &line](const auto& reading) { take_reading(line, reading); },
                       read_dns(row_, locals_));
            break;
        case Log::other:
            sum_.bad(line, "is neither of conn.log nor of dns.log");
            break;
        }
    }

    void take_reading(const Line& /*line*/, const ConnFlow& flow) {
        located_ = true;
        model::FlowKey key;
        key.destination = flow.destination;
        sum_.add(key, flow.counts);
    }
    void take_reading(const Line& /*line*/, const DnsAnswer& answer) {
        model::NameBinding evidence;
        evidence.first_seen = evidence.last_seen = answer.time;
        evidence.count = 1;
        for (const auto& address : answer.addresses) {
            sum_.bind(address, answer.name, evidence);
        }
        sum_.saw(answer.time);
    }
    void take_reading(const Line& /*line*/, const NotOurs& other) {
        located_ = true;
        sum_.saw(other.time);
        sum_.skip();
    }
    void take_reading(const Line& line, const Unlocated& /*nowhere*/) {
        unlocated_ = true;
        sum_.bad(line, "local_orig is not set, and no --local says which end is this server's");
    }
    void take_reading(const Line& line, const NotUnderstood& reading) { sum_.bad(line, reading.why); }

    [[noreturn]] void refuse_to_guess() const {
        throw model::UsageError(sum_.name() + ": does not say which end is this server's; pass its addresses "
                                              "with --local ADDR|CIDR");
    }

    Accumulator sum_;
    const Locals& locals_;
    ZeekTsv tsv_;
    Row row_;
    bool located_ = false;
    bool unlocated_ = false;
};

} // namespace

Imported read_zeek(LineSource& lines, const model::ForeignText& name, const Locals& locals) {
    ZeekReader reader(name, locals);
    while (const auto line = lines.next()) {
        reader.take(*line);
    }
    return reader.finish();
}

} // namespace fwlearn::import
