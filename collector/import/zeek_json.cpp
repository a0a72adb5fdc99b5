#include "zeek_json.hpp"

#include <nlohmann/json.hpp>

namespace fwlearn::import {
namespace {

/// Takes what stands directly in the outermost object, and the strings of its "answers"; builds no tree.
class RowFiller final : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit RowFiller(Row& row) : row_(row) {}

    bool null() override { return true; }
    bool boolean(bool value) override { return take(value ? "T" : "F"); }
    bool number_integer(number_integer_t value) override { return take(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return take(std::to_string(value)); }
    bool number_float(number_float_t /*value*/, const string_t& text) override { return take(text); }
    bool string(string_t& text) override { return take(text); }
    bool binary(binary_t& /*bytes*/) override { return false; }
    bool start_object(std::size_t /*size*/) override {
        ++depth_;
        return true;
    }
    bool end_object() override {
        --depth_;
        return true;
    }
    bool start_array(std::size_t /*size*/) override {
        ++depth_;
        return depth_ > 1; // an array outside of any object is no record
    }
    bool end_array() override {
        --depth_;
        return true;
    }
    bool key(string_t& name) override {
        if (depth_ == 1) {
            column_ = column_of(name);
        }
        return true;
    }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::json::exception& /*error*/) override {
        return false;
    }

  private:
    bool take(std::string_view text) {
        if (depth_ == 0) {
            return false;
        }
        if (depth_ == 1 && column_ && *column_ != Column::answers) {
            row_.set(*column_, text);
        } else if (depth_ == 2 && column_ == Column::answers) {
            row_.add_answer(text);
        }
        return true;
    }

    Row& row_;
    std::optional<Column> column_;
    std::size_t depth_ = 0;
};

} // namespace

bool read_zeek_json(std::string_view line, Row& row) {
    row.clear();
    RowFiller filler(row);
    return nlohmann::json::sax_parse(line, &filler);
}

} // namespace fwlearn::import
