#include "asking.hpp"

#include <fstream>
#include <sstream>

namespace fwlearn::kernel_test {

ResolvConf::ResolvConf(const model::Address& resolver) {
    std::ofstream(directory_.path() / "resolv.conf") << "nameserver " << resolver.to_string() << "\n";
}

std::vector<std::string> ResolvConf::through(std::uint32_t uid) const {
    const auto id = std::to_string(uid);
    return {"unshare",
            "--mount",
            "sh",
            "-c",
            "mount --bind \"$1\" /etc/resolv.conf && shift && exec setpriv --reuid " + id + " --regid " + id +
                " --clear-groups \"$@\"",
            "sh",
            (directory_.path() / "resolv.conf").string()};
}

std::string input_of(const std::vector<Question>& questions) {
    std::string input;
    for (const auto& question : questions) {
        input += question.name + " " + std::to_string(question.port) + " " + question.data + "\n";
    }
    return input;
}

std::vector<Asked> answers_in(const std::string& output) {
    std::vector<Asked> answers;
    std::istringstream lines(output);
    for (Asked asked; lines >> asked.name >> asked.port >> asked.address >> asked.outcome;) {
        answers.push_back(asked);
    }
    return answers;
}

std::vector<Asked> ask(const Lab& lab, const std::string& asker, const ResolvConf& resolver,
                       std::uint32_t uid, const std::vector<Question>& questions) {
    auto command = resolver.through(uid);
    command.push_back(asker);
    return answers_in(must_run(command, {.netns = lab.server().name(), .input = input_of(questions)}));
}

} // namespace fwlearn::kernel_test
