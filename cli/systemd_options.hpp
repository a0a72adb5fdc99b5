// The options of `suggest -o systemd`: for which systemd, and into which directory instead of to standard
// output. Knows nothing of what a drop-in holds. Private to this room; called by suggest.
#pragma once

#include "context.hpp"

#include <analyzer/render/rendered.hpp>
#include <model/whitelist.hpp>

#include <optional>

namespace fwlearn::cli {

class SystemdOptions {
  public:
    void add_to(CLI::App& verb);
    /// Throws UsageError when one of them was given, and the format is another.
    void refuse_for(const std::string& format) const;

    /// The text to print; with --directory the drop-ins are written there, and the text says what was done.
    /// Where neither the option nor this host says which systemd it is for, that is said on standard error.
    [[nodiscard]] analyzer::Rendered render(const model::Whitelist& whitelist, const Context& context) const;

  private:
    std::optional<unsigned> version_;
    std::string directory_;
};

} // namespace fwlearn::cli
