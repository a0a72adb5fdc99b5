// One of the two firewalls in its own throwaway copy of the image, in a lab's server, which is asked about
// many files without starting anew for each (driver.py). Knows nothing of whitelists. Made by corpus_test.
#pragma once

#include <ground/fd.hpp>
#include <ground/netns.hpp>
#include <ground/process.hpp>
#include <ground/temporary.hpp>

#include <memory>
#include <span>
#include <string>

namespace fwlearn::firewalls_test {

class RunningFirewall {
  public:
    /// `name` is ufw or firewalld. Returns when it can be asked.
    RunningFirewall(const kernel_test::Lab& lab, const std::string& name);

    /// What its validator says on standard error about the files, and what Python says where it fails: empty
    /// where all is well.
    std::string check(std::span<const std::string> texts);
    /// Loads a file in the place of the one before; the same of that.
    std::string load(const std::string& text);

  private:
    std::string ask(const std::string& verb, std::span<const std::string> texts);
    void wait_for(int descriptor);

    kernel_test::TemporaryDirectory work_;
    std::unique_ptr<kernel_test::Process> process_;
    kernel_test::Fd driver_;
};

} // namespace fwlearn::firewalls_test
