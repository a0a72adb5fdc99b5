#include "rule_words.hpp"

#include <model/vocabulary.hpp>

namespace fwlearn::analyzer {
namespace {

std::string port_list(const std::vector<std::uint16_t>& ports) {
    std::string text;
    for (std::size_t begin = 0; begin < ports.size();) {
        std::size_t end = begin;
        while (end + 1 < ports.size() && ports[end + 1] == ports[end] + 1) {
            ++end;
        }
        text += (text.empty() ? "" : ",") + std::to_string(ports[begin]);
        if (end > begin) {
            text += (end == begin + 1 ? "," : "-") + std::to_string(ports[end]);
        }
        begin = end + 1;
    }
    return text;
}

} // namespace

std::string selector_words(const model::Selector& selector) {
    switch (selector.kind) {
    case model::SelectorKind::any:
        return "any user";
    case model::SelectorKind::kernel:
        return "kernel";
    case model::SelectorKind::uid:
        return "uid " + std::to_string(selector.uid);
    case model::SelectorKind::unit:
        return "unit " + model::for_terminal(selector.unit);
    }
    return "unknown";
}

std::string service_words(const model::Rule& rule) {
    if (rule.protocol.has_ports()) {
        return rule.protocol.name() + "/" + port_list(rule.details);
    }
    if (!rule.protocol.is_icmp()) {
        return rule.protocol.name();
    }
    std::string text;
    for (const auto detail : rule.details) {
        text += (text.empty() ? "" : ",") + model::Service{rule.protocol, detail}.to_string();
    }
    return text;
}

model::ForeignText shown_process(const model::Process& process) {
    const auto& program = process.exe.empty() ? process.comm : process.exe;
    if (process.script.empty()) {
        return program;
    }
    return model::ForeignText(program.raw_bytes() + " " + process.script.raw_bytes());
}

std::string task_words(const model::Task& task) {
    if (task == model::Task{}) {
        return "unknown";
    }
    if (task.kind == model::TaskKind::kernel) {
        return "kernel";
    }
    return std::string(model::to_word(task.kind)) + " " + model::for_terminal(task.name);
}

std::vector<model::ForeignText> foreign_words(const model::Rule& rule) {
    std::vector<model::ForeignText> words;
    if (!rule.user.empty()) {
        words.push_back(rule.user);
    }
    for (const auto& task : rule.tasks) {
        if (!task.name.empty()) {
            words.push_back(task.name);
        }
    }
    for (const auto& process : rule.processes) {
        if (auto shown = shown_process(process); !shown.empty()) {
            words.push_back(std::move(shown));
        }
    }
    words.insert(words.end(), rule.names.begin(), rule.names.end());
    return words;
}

} // namespace fwlearn::analyzer
