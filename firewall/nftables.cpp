#include "nftables.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <nftables/libnftables.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace fwlearn::firewall {

void Nftables::Free::operator()(nft_ctx* context) const {
    nft_ctx_free(context);
}

Nftables::Nftables() : context_(nft_ctx_new(NFT_CTX_DEFAULT)) {
    if (!context_) {
        throw model::SystemError("cannot use nftables", errno);
    }
    nft_ctx_buffer_output(context_.get());
    nft_ctx_buffer_error(context_.get());
}

void Nftables::answer_in_json() {
    nft_ctx_output_set_flags(context_.get(), nft_ctx_output_get_flags(context_.get()) | NFT_CTX_OUTPUT_JSON);
}

void Nftables::answer_without_state() {
    nft_ctx_output_set_flags(context_.get(),
                             nft_ctx_output_get_flags(context_.get()) | NFT_CTX_OUTPUT_STATELESS);
}

std::string Nftables::run(const std::string& commands, const std::string& purpose) {
    const int status = nft_run_cmd_from_buffer(context_.get(), commands.c_str());
    const std::string errors = nft_ctx_get_error_buffer(context_.get());
    std::string output = nft_ctx_get_output_buffer(context_.get());
    if (status != 0) {
        // "In file included from ..." may come before it.
        const auto error = std::min(errors.find("Error:"), errors.size());
        const auto before = error == errors.size() ? std::string::npos : errors.rfind('\n', error);
        const auto begin = before == std::string::npos ? 0 : before + 1;
        const auto line = errors.substr(begin, errors.find('\n', begin) - begin);
        throw model::SystemError(purpose + ": " + model::for_terminal(model::ForeignText(line)));
    }
    return output;
}

} // namespace fwlearn::firewall
