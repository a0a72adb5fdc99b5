#include "observing.hpp"

#include <csignal>

namespace fwlearn::kernel_test {

Observing::Observing(const Lab& lab, const std::filesystem::path& program,
                     const std::filesystem::path& database, const std::vector<std::string>& through,
                     const std::vector<std::string>& more) {
    Notification notification;
    auto command = through;
    command.insert(command.end(), {program.string(), "--db", database.string(), "observe", "--group", group});
    command.insert(command.end(), more.begin(), more.end());
    process_ =
        std::make_unique<Process>(command, Setting{.netns = lab.server().name(),
                                                   .environment = {{"NOTIFY_SOCKET", notification.path()}}});
    notification.wait_until_ready(*process_);
}

int Observing::stop() {
    process_->signal(SIGTERM);
    return process_->wait(std::chrono::seconds(60));
}

void Observing::kill() {
    process_->signal(SIGKILL);
    process_->wait();
}

bool has_observation_table(const Namespace& where) {
    return must_run({"nft", "list", "tables"}, {.netns = where.name()}).find("fwlearn") != std::string::npos;
}

} // namespace fwlearn::kernel_test
