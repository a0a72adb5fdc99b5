// Questions on plain lines, and answers that are written down as decisions, each before the next question.
// Knows nothing of what is decided about. Private to this room; used by review and learn_more.
#pragma once

#include "context.hpp"
#include "decisions_file.hpp"

#include <analyzer/render/style.hpp>

#include <optional>
#include <string>

namespace fwlearn::cli {

class Interview {
  public:
    /// Throws where decisions could not be kept in this file (empty: the default one).
    Interview(const std::filesystem::path& decisions, Context& context);

    void say(const std::string& line) const;
    /// Without blanks around it; nothing at the end of the input.
    [[nodiscard]] std::optional<std::string> ask(const std::string& question) const;

    /// False, and nothing written, where the words cannot be: the question is asked again.
    bool write(const std::vector<model::Decision>& decisions);
    /// The same once it is known why; false also at the end of the input.
    bool deny(std::vector<model::Decision> decisions);
    void put_off() { ++later_; }

    /// How much was decided, and where it is.
    void say_result() const;

    [[nodiscard]] const std::vector<model::Decision>& decisions() const { return decisions_; }
    [[nodiscard]] const analyzer::TableStyle& style() const { return style_; }

  private:
    Context& context_;
    DecisionsFile file_;
    std::vector<model::Decision> decisions_;
    analyzer::TableStyle style_;
    std::size_t decided_ = 0;
    std::size_t later_ = 0;
};

} // namespace fwlearn::cli
