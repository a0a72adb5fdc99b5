// Whether so much comes that it is better found together: counts messages by tenths of a second.
// Knows nothing of what they are, and reads no clock. Asked by the observer.
#pragma once

#include <chrono>
#include <cstddef>

namespace fwlearn::collector {

class Load {
  public:
    /// `busy_from`: messages a second.
    explicit Load(double busy_from) : busy_from_(busy_from) {}

    void came(std::size_t messages, std::chrono::steady_clock::time_point now) {
        const auto lasted = now - begun_;
        if (lasted >= window) {
            const std::chrono::duration<double> both = lasted + before_.lasted;
            busy_ = static_cast<double>(counted_ + before_.counted) >= busy_from_ * both.count();
            before_ = {counted_, lasted};
            begun_ = now;
            counted_ = 0;
        }
        counted_ += messages;
    }
    /// By the last two tenths of a second that are over: what is found together once in a tenth may have two
    /// such times in one of them, and none in the next.
    [[nodiscard]] bool is_high() const { return busy_; }

  private:
    static constexpr std::chrono::milliseconds window{100};
    struct Window {
        std::size_t counted = 0;
        std::chrono::steady_clock::duration lasted{};
    };
    double busy_from_;
    Window before_;
    std::chrono::steady_clock::time_point begun_{};
    std::size_t counted_ = 0;
    bool busy_ = false;
};

} // namespace fwlearn::collector
