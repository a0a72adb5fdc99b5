// A file descriptor that closes itself.
// Knows nothing of what it is a descriptor of. Used by the grounds of the kernel tests.
#pragma once

#include <unistd.h>

#include <utility>

namespace fwlearn::kernel_test {

class Fd {
  public:
    Fd() = default;
    explicit Fd(int descriptor) : descriptor_(descriptor) {}
    ~Fd() { reset(); }
    Fd(Fd&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        reset();
        descriptor_ = std::exchange(other.descriptor_, -1);
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;

    [[nodiscard]] int get() const { return descriptor_; }
    void reset() {
        if (descriptor_ >= 0) {
            close(descriptor_);
        }
        descriptor_ = -1;
    }

  private:
    int descriptor_ = -1;
};

} // namespace fwlearn::kernel_test
