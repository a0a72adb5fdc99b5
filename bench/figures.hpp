// The figures of a run: printed as they come, and kept in a file, where each has a name that
// docs/benchmarks.md can quote. Knows nothing of what is measured. Used by every benchmark.
#pragma once

#include <string>
#include <vector>

namespace fwlearn::bench {

struct Figure {
    std::string name;
    double value = 0; ///< median of the runs
    double low = 0;   ///< least
    double high = 0;  ///< most
    double first_quartile = 0;
    double third_quartile = 0;
    std::size_t runs = 0;
    std::string unit;
};

class Figures {
  public:
    /// `benchmark`: under which the file has them, in the place of those of the run before.
    explicit Figures(std::string benchmark) : benchmark_(std::move(benchmark)) {}

    /// The median of `values`, which must not be empty.
    double add(const std::string& name, const std::vector<double>& values, const std::string& unit);

    /// To the file that FWLEARN_BENCH_RESULTS names, with when and on which machine; nothing without it. What
    /// other benchmarks put there stays.
    void write() const;

  private:
    std::string benchmark_;
    std::vector<Figure> figures_;
};

} // namespace fwlearn::bench
