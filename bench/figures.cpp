#include "figures.hpp"

#include "machine.hpp"
#include "paired.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>

namespace fwlearn::bench {

double Figures::add(const std::string& name, const std::vector<double>& values, const std::string& unit) {
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const Figure figure{name,
                        median(values),
                        sorted.front(),
                        sorted.back(),
                        sorted[sorted.size() / 4],
                        sorted[sorted.size() * 3 / 4],
                        sorted.size(),
                        unit};
    figures_.push_back(figure);
    std::cout << fmt::format("{:<64} {:>12.4g} {:<22} {:.4g} .. {:.4g}, {} runs\n", name, figure.value, unit,
                             figure.low, figure.high, figure.runs)
              << std::flush;
    return figure.value;
}

void Figures::write() const {
    const char* const path = std::getenv("FWLEARN_BENCH_RESULTS");
    if (path == nullptr) {
        return;
    }
    auto all = nlohmann::ordered_json::object();
    if (std::ifstream file(path); file) {
        all = nlohmann::ordered_json::parse(file);
    }
    auto list = nlohmann::ordered_json::array();
    for (const auto& figure : figures_) {
        list.push_back({{"name", figure.name},
                        {"value", figure.value},
                        {"unit", figure.unit},
                        {"low", figure.low},
                        {"high", figure.high},
                        {"quartiles", {figure.first_quartile, figure.third_quartile}},
                        {"runs", figure.runs}});
    }
    // Of each benchmark, because they need not be run together.
    const auto machine = this_machine();
    all[benchmark_] = {{"when", this_moment()},
                       {"machine",
                        {{"processor", machine.processor},
                         {"processors", machine.processors},
                         {"memory_gib", machine.memory_gib},
                         {"kernel", machine.kernel},
                         {"debian", machine.debian}}},
                       {"figures", list}};
    std::ofstream file(path);
    file << all.dump(1) << '\n';
    if (!file.flush()) {
        throw std::runtime_error(std::string("cannot write ") + path);
    }
}

} // namespace fwlearn::bench
