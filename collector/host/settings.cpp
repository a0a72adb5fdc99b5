#include "collector/host/settings.hpp"

#include "settings/certificates.hpp"
#include "settings/log.hpp"
#include "settings/mail.hpp"
#include "settings/packages.hpp"
#include "settings/resolvers.hpp"
#include "settings/static_names.hpp"
#include "settings/time.hpp"

#include <algorithm>
#include <iterator>

namespace fwlearn::collector::host {

std::vector<model::Configured> read_settings(const std::filesystem::path& root) {
    settings::HostFiles files(root);
    std::vector<model::Configured> all;
    for (auto* const reader :
         {settings::read_resolvers, settings::read_packages, settings::read_time, settings::read_mail,
          settings::read_log, settings::read_certificates, settings::read_static_names}) {
        auto some = reader(files);
        std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

} // namespace fwlearn::collector::host
