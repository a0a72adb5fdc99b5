#include "context.hpp"

#include <import/import_file.hpp>
#include <model/counted.hpp>
#include <model/errors.hpp>
#include <sql/writer.hpp>

#include <fmt/format.h>

#include <iostream>

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

int import_files(const Options& options, Context& context) {
    const auto format = import::parse_format(options.format);
    if (!format) {
        throw model::UsageError("--format takes zeek or jsonl");
    }
    const auto locals = import::Locals::parse(options.locals);
    sql::Writer writer(context.database, sql::WriterRole::importer);
    for (const auto& file : options.files) {
        const auto name = model::for_terminal(model::ForeignText(file));
        const auto imported = import::import_file(file, *format, locals);
        if (writer.already_imported(imported.sha256)) {
            context.err << "fwlearn: " << name << ": is in the record already, and is not counted twice\n";
            continue;
        }
        const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        writer.import(imported.observation, imported.batch, imported.identities, imported.sha256,
                      model::ForeignText(file), now);
        report(name, imported, context);
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
