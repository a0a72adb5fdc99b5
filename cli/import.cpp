#include "context.hpp"
#include "record_owner.hpp"

#include <import/import_file.hpp>
#include <model/counted.hpp>
#include <model/errors.hpp>
#include <sql/writer.hpp>

#include <fmt/format.h>

#include <iostream>
#include <optional>

namespace fwlearn::cli {
namespace {

struct Options {
    std::string format;
    std::vector<std::string> locals;
    std::vector<std::string> files;
};

void report(const std::string& name, const import::Imported& imported, Context& context) {
    for (const auto& complaint : imported.complaints) {
        context.err << "fwlearn: " << complaint << '\n';
    }
    if (!context.quiet) {
        std::uint64_t flows = 0;
        for (const auto& delta : imported.batch.flows) {
            flows += delta.counts.count;
        }
        context.out << fmt::format("{}: {}: {}, {}; {} not this host's, {} not understood\n", name,
                                   model::counted(imported.lines, "line"), model::counted(flows, "flow"),
                                   model::counted(imported.batch.names.size(), "name"), imported.skipped,
                                   imported.bad);
    }
}

/// The record, written as its owner would write it; what is imported is read as the caller.
class OwnersRecord {
  public:
    explicit OwnersRecord(const std::filesystem::path& path) : owner_(path) {
        const RecordOwner::Acting acting(owner_);
        writer_.emplace(path, sql::WriterRole::importer);
    }
    ~OwnersRecord() {
        const RecordOwner::Acting acting(owner_);
        writer_.reset();
    }
    OwnersRecord(const OwnersRecord&) = delete;
    OwnersRecord& operator=(const OwnersRecord&) = delete;

    /// Whether it was not in the record already.
    bool add(const import::Imported& imported, const model::ForeignText& file) {
        const RecordOwner::Acting acting(owner_);
        if (writer_->already_imported(imported.sha256)) {
            return false;
        }
        const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        writer_->import(imported.observation, imported.batch, imported.identities, imported.sha256, file,
                        now);
        return true;
    }

  private:
    RecordOwner owner_;
    std::optional<sql::Writer> writer_;
};

int import_files(const Options& options, Context& context) {
    const auto format = import::parse_format(options.format);
    if (!format) {
        throw model::UsageError("--format takes zeek or jsonl");
    }
    const auto locals = import::Locals::parse(options.locals);
    OwnersRecord record(context.database);
    for (const auto& file : options.files) {
        const auto imported = import::import_file(file, *format, locals);
        const model::ForeignText path(file);
        const auto name = model::for_terminal(path);
        if (record.add(imported, path)) {
            report(name, imported, context);
        } else {
            context.err << "fwlearn: " << name << ": is in the record already, and is not counted twice\n";
        }
    }
    return done;
}

} // namespace

void add_import(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("import", "Take in records from elsewhere");
    auto options = std::make_shared<Options>();
    verb->add_option("--format", options->format,
                     "zeek (conn.log, dns.log) or jsonl (what flows --json prints)")
        ->required()
        ->check(CLI::IsMember({"zeek", "jsonl"}))
        ->type_name("FORMAT");
    verb->add_option("--local", options->locals, "An address or prefix of the server's own; may be repeated")
        ->type_name("ADDRESS")
        ->expected(1)
        ->allow_extra_args(false) // what follows its one address is a file
        ->take_all();
    verb->add_option("FILE", options->files, "Files, compressed or not")->required()->type_name("");
    verb->callback([&context, options] {
        context.verb = [&context, options] { return import_files(*options, context); };
    });
}

} // namespace fwlearn::cli
