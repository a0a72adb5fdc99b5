// A rule's parts in a few words, for people, as printable ASCII: the table shows them, nft's comments carry
// them. The foreign parts stay ForeignText for the sink's own encoder. Private to render.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// "uid 33", "kernel", "any user"
std::string selector_words(const model::Selector& selector);
/// "uid 0, uid 33"
std::string selector_words(const std::vector<model::Selector>& selectors);
/// What it admits whatever the rule was made for: "every process of root", "all that runs in cron.service"
std::string admits_words(const model::Selector& selector);
/// All of its selectors, and tasks that were seen behind them and did not need the rule.
std::string admits_words(const model::Rule& rule);
/// "tcp/80,443", "icmp/8/0", "gre"; ranges of ports as 8000-8010
std::string service_words(const model::Rule& rule);
/// " (apt, ntp)": what settings say that the rule is for; empty where they say nothing.
std::string purpose_words(const model::Rule& rule);
/// How many its prefixes hold, saturating.
std::uint64_t count_addresses(const model::Rule& rule);
/// One line for each domain that could be one rule.
std::vector<std::string> wildcard_lines(const model::Whitelist& whitelist);
/// How many pairs of address and service: a number, or that it is larger than is counted.
std::string exposure_words(const model::Rule& rule);
/// One line for each destination that settings name and no rule is for.
std::vector<std::string> not_seen_lines(const model::Whitelist& whitelist);

/// The executable, or where that is not known the short name; of an interpreter, with its script. To be
/// encoded by whoever prints it.
model::ForeignText shown_process(const model::Process& process);
/// Those of the rule's processes, each once: of one program there may be several, which differ in what
/// started them.
std::vector<std::string> programs_of(const model::Rule& rule);

/// "2026-11-25T23:00Z"
std::string minute_words(model::Timestamp time);

/// For a terminal: "cron /etc/cron.d/backup:3".
std::string task_words(const model::Task& task);

/// A foreign word, and what stands before it: of a domain, whose names are all below it, "*.".
struct Word {
    const char* before = "";
    model::ForeignText text;
};

/// By which its addresses were reached, or what it is by: www.example.org, *.example.net.
std::vector<Word> shown_names(const model::Rule& rule);

/// Who it is for, in foreign words: the users' names, the tasks and the processes that are known, each
/// once, then the names.
std::vector<Word> foreign_words(const model::Rule& rule);

} // namespace fwlearn::analyzer
