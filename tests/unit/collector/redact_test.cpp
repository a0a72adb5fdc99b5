// Do secrets leave a command line, and does everything else stay?
#include <collector/process/redact.hpp>

#include <doctest/doctest.h>

#include <random>

using namespace fwlearn;
using collector::process::redacted_command_line;

namespace {

std::string shown(const std::vector<std::string>& words, std::size_t limit = 256) {
    std::vector<model::ForeignText> arguments;
    for (const auto& word : words) {
        arguments.emplace_back(word);
    }
    return redacted_command_line(arguments, limit).raw_bytes();
}

} // namespace

TEST_CASE("secrets are taken out of a command line, and it stays readable") {
    struct Row {
        std::vector<std::string> arguments;
        const char* line;
    };
    for (const auto& [arguments, line] : std::vector<Row>{
             {{"backup", "--password", "hunter2", "now"}, "backup --password *** now"},
             {{"backup", "--password=hunter2"}, "backup --password=***"},
             {{"backup", "--PASSWORD=hunter2"}, "backup --PASSWORD=***"},
             {{"x", "--api-key", "k1"}, "x --api-key ***"},
             {{"x", "--token=a.b"}, "x --token=***"},
             {{"x", "-token", "abc"}, "x -token ***"},
             {{"env", "PGPASSWORD=x y", "psql"}, "env PGPASSWORD=*** y psql"},
             {{"sh", "-c", "PGPASSWORD='s3' psql -h db"}, "sh -c PGPASSWORD='***' psql -h db"},
             {{"sh", "-c", "PGPASSWORD='s3 cret' psql"}, "sh -c PGPASSWORD='***' psql"},
             {{"sh", "-c", "curl -u bob:hunter2 https://x/ && mysql -phunter2"},
              "sh -c curl -u bob:*** https://x/ && mysql -p***"},
             {{"sh", "-c", "x --password 'two words' --now"}, "sh -c x --password ***  --now"},
             {{"mysqldump", "-uroot", "-phunter2", "shop"}, "mysqldump -uroot -p*** shop"},
             {{"/usr/bin/mysql", "-phunter2"}, "/usr/bin/mysql -p***"},
             {{"sshpass", "-p", "hunter2", "ssh", "host"}, "sshpass -p *** ssh host"},
             {{"curl", "-u", "bob:hunter2", "https://host/"}, "curl -u bob:*** https://host/"},
             {{"curl", "-ubob:hunter2", "https://host/"}, "curl -ubob:*** https://host/"},
             {{"curl", "-H", "Authorization: Basic dXNlcjpw"}, "curl -H Authorization: ***"},
             {{"curl", "-H", "Cookie: id=1; a=2"}, "curl -H Cookie: ***"},
             {{"git", "clone", "https://bob:hunter2@host/r.git"}, "git clone https://***@host/r.git"},
             {{"git", "clone", "https://ghp_abcdefghijkl@host/r"}, "git clone https://***@host/r"},
             {{"curl", "https://host/a?token=abc&x=1"}, "curl https://host/a?token=***&x=1"},
             {{"curl", "https://host/a?x=1&sig=abc"}, "curl https://host/a?x=1&sig=***"},
             {{"aws", "AKIAIOSFODNN7EXAMPLE"}, "aws ***"},
             {{"x", "eyJhbGciOiJIUzI1NiJ9.e30.x"}, "x ***"},
             {{"x", "0123456789abcdef0123456789abcdef"}, "x ***"},
         }) {
        CHECK(shown(arguments) == line);
    }
}

TEST_CASE("what is no secret stays as it is") {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"/usr/bin/apt-get", "-q", "update"},
             {"/usr/sbin/nginx", "-g", "daemon on; master_process on;"},
             {"/usr/lib/apt/methods/https"},
             {"restic", "--password-file", "/etc/restic/pw", "backup", "/srv"},
             {"restic", "--password-file=/etc/restic/pw"},
             {"git", "--author=Bob", "log"},
             {"ftp", "--passive", "host"},
             {"ssh", "-p", "2222", "host"},
             {"curl", "-fsS", "https://host/path?page=2"},
             {"rsync", "-a", "/usr/share/doc/some-long-package-name-dev/README", "bob@host:/srv/"},
             {"python3", "/usr/local/bin/shop-app"},
             {"sh", "-c", "test -x /usr/sbin/anacron || run-parts --report /etc/cron.daily"},
             {},
             {""},
         }) {
        std::string joined;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            joined += (i == 0 ? "" : " ") + arguments[i];
        }
        CHECK(shown(arguments) == joined);
    }
}

TEST_CASE("a planted secret never comes through, and the line never gets longer than asked for") {
    std::mt19937 random(20'260'101);
    const auto word = [&](std::size_t length) {
        std::string text;
        for (std::size_t i = 0; i < length; ++i) {
            text += static_cast<char>('a' + random() % 26);
        }
        return text;
    };
    for (int round = 0; round < 10'000; ++round) {
        const std::string secret = "S3CR3T" + word(1 + random() % 20);
        std::vector<std::string> arguments{word(5)};
        for (auto i = random() % 4; i > 0; --i) {
            arguments.push_back(random() % 2 == 0 ? "--" + word(3) : word(8));
        }
        switch (random() % 8) {
        case 0:
            arguments.insert(arguments.end(), {"--password", secret});
            break;
        case 1:
            arguments.push_back("--db-pass=" + secret);
            break;
        case 2:
            arguments.push_back("API_TOKEN=" + secret);
            break;
        case 3:
            arguments.push_back("https://" + word(3) + ":" + secret + "@" + word(5) + "/");
            break;
        case 4:
            arguments.push_back("https://" + word(5) + "/?a=1&access_token=" + secret + "&b=2");
            break;
        case 5:
            arguments.insert(arguments.end(), {"-H", "Authorization: Bearer " + secret});
            break;
        case 6:
            arguments.insert(arguments.end(), {"sh", "-c", "x; MYSQL_PWD=\"" + secret + "\" run"});
            break;
        default:
            arguments.push_back("--header=X-Auth-Token: " + secret);
            break;
        }
        arguments.push_back(word(random() % 200));
        const std::size_t limit = 20 + random() % 300;
        const auto line = shown(arguments, limit);
        REQUIRE_MESSAGE(line.find("S3CR3T") == std::string::npos, line);
        REQUIRE(line.size() <= limit);
    }
}
