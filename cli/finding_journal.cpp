#include "finding_journal.hpp"

#include <analyzer/render/audit.hpp>
#include <model/errors.hpp>
#include <model/vocabulary.hpp>

#include <sys/uio.h>
#include <syslog.h>
#define SD_JOURNAL_SUPPRESS_LOCATION // where in our source says nothing to who reads the entry
#include <systemd/sd-journal.h>

namespace fwlearn::cli {

std::vector<std::string> journal_fields(const analyzer::Finding& finding,
                                        const model::Identities& identities) {
    const auto& key = finding.flow.key;
    const auto& process = identities.process(key.process);
    const auto& task = identities.task(key.task);
    const auto address = key.overflow ? std::string("many") : key.destination.address.to_string();
    std::vector<std::string> fields{
        "MESSAGE=" + analyzer::finding_line(finding, identities),
        "PRIORITY=" + std::to_string(finding.denied() ? LOG_WARNING : LOG_NOTICE),
        "SYSLOG_IDENTIFIER=fwlearn",
        std::string("FWLEARN_VERDICT=") + analyzer::verdict_word(finding),
        "FWLEARN_PROCESS=" + (process.exe.empty() ? process.comm : process.exe).raw_bytes(),
        "FWLEARN_TASK=" + std::string(model::to_word(task.kind)) + " " + task.name.raw_bytes(),
        "FWLEARN_DESTINATION=" + address + " " + key.destination.service.to_string(),
        "FWLEARN_NAME=" + finding.name.raw_bytes(),
        "FWLEARN_RULE=" + finding.nearest_rule};
    if (finding.failed_run) {
        fields.push_back("FWLEARN_FAILED_RUN=" + model::to_rfc3339(*finding.failed_run));
    }
    return fields;
}

void send_to_journal(const std::vector<std::string>& fields) {
    std::vector<iovec> parts;
    parts.reserve(fields.size());
    for (const auto& field : fields) {
        parts.push_back({const_cast<char*>(field.data()), field.size()}); // NOLINT: it is only read
    }
    const int result = sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
    if (result < 0) {
        throw model::SystemError("cannot write to the journal", -result);
    }
}

} // namespace fwlearn::cli
