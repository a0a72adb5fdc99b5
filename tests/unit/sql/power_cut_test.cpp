// What is left of a record when the power goes at any moment?
#include "keeping.hpp"
#include "power_cut.hpp"

#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn::sql;
using namespace fwlearn::sql::test;

namespace {

/// How many of the commits are in the record; each was of one key of its own and one more of a shared one.
/// -1: not the first so many, or not whole.
std::int64_t committed(const std::filesystem::path& path) {
    const Record record = Reader(path).read();
    std::uint64_t shared = 0;
    std::uint32_t newest = 0;
    std::uint32_t keys = 0;
    for (const Flow& flow : record.flows) {
        if (flow.key.destination.address == Address::v4(0xffffffff)) {
            shared = flow.counts.count;
            continue;
        }
        const auto octets = flow.key.destination.address.octets();
        newest = std::max(newest, static_cast<std::uint32_t>(octets[2] << 8U | octets[3]));
        ++keys;
        if (flow.counts.count != 1) {
            return -1;
        }
    }
    return keys == shared && (keys == 0 || newest + 1 == keys) ? std::int64_t{keys} : -1;
}

} // namespace

TEST_CASE("a power cut may undo the last seconds, and leaves a sound record of all before them") {
#ifdef FWLEARN_SANITIZED // it looks for faults in the code, and ten cuts show as many
    const unsigned long cuts = 10;
#else
    const unsigned long cuts = std::getenv("FWLEARN_FULL") != nullptr ? 1000 : 100;
#endif
    std::size_t undone_in_all = 0;
    std::size_t begun_anew = 0;
    for (unsigned long seed = 0; seed < cuts; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
        const TemporaryDirectory directory;
        const auto left = directory / "left";
        std::filesystem::create_directory(left);
        std::uint32_t written = 0;
        {
            const PowerCut power;
            // Checkpoints, which sync, come after a thousand pages: some of these cuts are before the first.
            Writer writer(directory / "flows.db");
            writer.begin_observation(kernel_observation(at(0)));
            const auto commits = static_cast<std::uint32_t>(1 + random() % 400);
            for (; written < commits; ++written) {
                Batch batch;
                batch.flows = {delta_to(written, at(written)), delta_to(0xffffffff, at(written))};
                writer.commit(batch, {}, at(written));
                if (random() % 100 == 0) {
                    writer.restart_log();
                }
            }
            PowerCut::cut(directory.path(), left, random);
        }
        const auto path = left / "flows.db";
        std::vector<std::string> said;
        {
            Keeping keeping(path);
            said = keeping.said;
        }
        CHECK(integrity(path) == "ok");
        begun_anew += said.size();
        CHECK(said.empty());
        const auto known = committed(path);
        CHECK(known >= 0);
        CHECK(known <= written);
        undone_in_all += written - static_cast<std::size_t>(std::max<std::int64_t>(known, 0));
    }
    CHECK(undone_in_all > 0); // or nothing was cut
    MESSAGE(cuts, " cuts: ", undone_in_all, " commits undone, ", begun_anew, " records begun anew");
}
