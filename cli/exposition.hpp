// Prometheus' text format, version 0.0.4, as node-exporter's textfile collector reads it
// (prometheus.io/docs/instrumenting/exposition_formats): families of samples, one after another, without
// times. Knows no metric. Private to this room; called by status_metrics.
#pragma once

#include <model/foreign_text.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace fwlearn::cli {

struct Label {
    std::string_view name;
    model::ForeignText value; ///< made printable ASCII, as on a terminal, and escaped
};

class Exposition {
  public:
    /// The samples that follow are of this family. `help` is one line.
    void counter(std::string_view name, std::string_view help) { family(name, "counter", help); }
    void gauge(std::string_view name, std::string_view help) { family(name, "gauge", help); }

    void sample(double value, const std::vector<Label>& labels = {});

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    void family(std::string_view name, std::string_view type, std::string_view help);

    std::string name_;
    std::string text_;
};

} // namespace fwlearn::cli
