#include "ancestor_list.hpp"

#include <utility>

namespace fwlearn::sql {

std::string joined_ancestors(const std::vector<model::ForeignText>& ancestors) {
    std::string column;
    for (const auto& ancestor : ancestors) {
        for (const char byte : ancestor.raw_bytes()) {
            if (byte == '\n') {
                column += "\\n";
            } else if (byte == '\\') {
                column += "\\\\";
            } else {
                column += byte;
            }
        }
        column += '\n'; // also after the last: an empty path is not the same as none
    }
    return column;
}

std::vector<model::ForeignText> split_ancestors(const model::ForeignText& column) {
    std::vector<model::ForeignText> ancestors;
    std::string path;
    bool escaped = false;
    for (const char byte : column.raw_bytes()) {
        if (escaped) {
            path += byte == 'n' ? '\n' : byte;
            escaped = false;
        } else if (byte == '\\') {
            escaped = true;
        } else if (byte == '\n') {
            ancestors.emplace_back(std::exchange(path, {}));
        } else {
            path += byte;
        }
    }
    return ancestors;
}

} // namespace fwlearn::sql
