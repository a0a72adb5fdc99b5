// Do secrets leave a command line, and does everything else stay?
#include <collector/process/redact.hpp>

#include <doctest/doctest.h>

#include <functional>
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
             {{"env", "PGPASSWORD=x y", "psql"}, "env PGPASSWORD=*** psql"},
             {{"sh", "-c", "PGPASSWORD='s3' psql -h db"}, "sh -c PGPASSWORD=*** psql -h db"},
             {{"sh", "-c", "PGPASSWORD='s3 cret' psql"}, "sh -c PGPASSWORD=*** psql"},
             {{"sh", "-c", "curl -u bob:hunter2 https://x/ && mysql -phunter2"},
              "sh -c curl -u bob:*** https://x/ && mysql -p***"},
             {{"sh", "-c", "x --password 'two words' --now"}, "sh -c x --password *** --now"},
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
             {"apt-get", "install", "linux-headers-cloud-amd64-2024-01-01",
              "gcc-mingw-w64-x86-64-posix-runtime"},
             {"docker", "run", "--user", "1000:1000", "-p", "80:80", "nginx:1.25"},
             {"mysql", "-P", "3306", "-h", "db"},
             {"npm", "--registry=https://registry:8080/@scope/package"},
             {"sendmail", "mailto:bob@example.org"},
             {"git", "clone", "git@github.com:bob/shop.git"},
             {"gpg", "--passphrase-fd", "0", "--keyserver", "hkps://keys.openpgp.org"},
             {"x", "--no-auth-cache", "--compass", "north", "--bypass-proxy", "on", "--ask-pass"},
             {"nginx", "--ssl-key=/etc/ssl/shop.pem", "--ssl-key", "/etc/ssl/shop.pem"},
             {"env", "PWD=/srv", "make"},
             {"du", "/var/lib/docker/overlay2/0123456789abcdef0123456789abcdef/merged"},
             {"sh", "-c", "echo 'it is  \"here\"' >/dev/null 2>&1; (cd /srv && ls | wc -l)"},
             {"postgres: shop shop 192.0.2.1(5432) idle"},
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

TEST_CASE("a secret is hidden wherever a command line can hold one") {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             // Values with the bytes that end values elsewhere.
             {"x", "--password=a&S3CRET"},
             {"x", "--password=a;S3CRET"},
             {"x", "--password=a,S3CRET"},
             {"x", "--password=a S3CRET"},
             {"x", "--password", "-S3CRET"},
             {"x", "--set", "auth.password=S3CRET,y"},
             {"mount", "-o", "username=bob,password=S3CRET"},
             {"env", "PGPASSWORD=two S3CRET", "psql"},
             // Names.
             {"x", "PROFILE_PASSWORD=S3CRET"},
             {"x", "--profile-token", "S3CRET"},
             {"x", "--authors-password=S3CRET"},
             {"x", "PRIVATE_KEY=S3CRET"},
             {"x", "ENCRYPTION_KEY=S3CRET"},
             {"x", "--privatekey", "S3CRET"},
             {"x", "--credentials", "S3CRET"},
             {"x", "--passwd", "S3CRET"},
             {"x", "-pass", "S3CRET"},
             {"x", "--password:S3CRET"},
             {"openssl", "-passin", "pass:S3CRET"},
             {"nmcli", "wifi", "connect", "home", "password", "S3CRET"},
             // Options of programs.
             {"curl", "-sSu", "bob:S3CRET", "https://h/"},
             {"curl", "-subob:S3CRET", "https://h/"},
             {"curl", "--user", "bob:S3CRET"},
             {"wget", "--user=bob", "--password=S3CRET"},
             {"sudo", "mysql", "-u", "root", "-pS3CRET"},
             {"docker", "login", "-u", "bob", "-p", "S3CRET"},
             {"redis-cli", "-a", "S3CRET"},
             {"ldapsearch", "-w", "S3CRET"},
             {"smbclient", "-U", "bob%S3CRET"},
             {"xfreerdp", "/p:S3CRET"},
             // Command lines within arguments.
             {"sh", "-c", "x  --password  S3CRET"},
             {"sh", "-c", "x --password\tS3CRET"},
             {"x", "--password\nS3CRET"},
             {"sh", "-c", "x --password \"a \\\" S3CRET\""},
             {"sh", "-c", "TOKEN='a'S3CRET run"},
             {"sh", "-c", "TOKEN=\"a\\\"S3CRET\" run"},
             {"sh", "-c", "curl -u \"bob:two S3CRET\" h"},
             {"sh", "-c", "ssh h 'mysql -pS3CRET shop'"},
             {"sh", "-c", "ssh h \"sh -c 'mysql -pS3CRET shop'\""},
             {"sh", "-c", "true;mysql -pS3CRET"},
             {"sh", "-c", "mysql 2>&1 -pS3CRET"},
             {"sh", "-c", "echo $(mysql -pS3CRET)"},
             {"echo", "don't mysql -pS3CRET"},
             {"psql", "-c", "ALTER USER bob PASSWORD 'S3CRET'"},
             // What is sent.
             {"curl", "-d", "{\"password\":\"a;\\\"S3CRET\"}"},
             {"curl", "-d", "{\"password\": \"two S3CRET\", \"a\": 1}"},
             {"curl", "-d", "user=bob&password=S3CRET&x=1"},
             {"curl", "-HAuthorization: Basic S3CRET"},
             {"curl", "-H", "Authorization: token S3CRET"},
             {"curl", "-H", "PRIVATE-TOKEN: S3CRET"},
             {"curl", "-b", "a=S3CRET"},
             {"x", "Authorization:", "Bearer", "S3CRET"},
             {"x", "Bearer", "S3CRET"},
             {"x", "bearer S3CRET"},
             // URLs.
             {"x", "https://bob:pa/S3CRET@host/"},
             {"x", "https://bob:a&S3CRET@host/"},
             {"x", "https://a@b:S3CRET@host/"},
             {"x", "bob:S3CRET@host:/srv"},
             {"x", "https://host/#access_token=S3CRET"},
             {"x", "https://host/?X-Amz-Signature=S3CRET&a=1"},
             {"x", "https://host/hook/S3CRETabcdefghijklmnopqrstuvwxyz0123456789"},
             // Looks.
             {"x", "ghu_S3CRETabcdefgh"},
             {"x", "sk_live_S3CRETabcdefgh"},
             {"x", "xapp-S3CRETabcdefgh"},
             {"x", "S3CRETabcdefghijklmnopqrstuvwxyzABC"},
             {"x", "-S3CRETabcdefghijklmnopqrstuvwxyzABC"},
             {"x", "/S3CRETabcdefghijklmnopqrstuvwxyzABC"},
         }) {
        const auto line = shown(arguments);
        CHECK_MESSAGE(line.find("S3CRET") == std::string::npos, line);
        CHECK(line.find("***") != std::string::npos);
    }
}

TEST_CASE("a planted secret never comes through, and the line never gets longer than asked for") {
    using Arguments = std::vector<std::string>;
    std::mt19937 random(20'260'101);
    const auto bytes = [&](std::string_view alphabet, std::size_t length) {
        std::string text;
        for (std::size_t i = 0; i < length; ++i) {
            text += alphabet[random() % alphabet.size()];
        }
        return text;
    };
    const auto word = [&](std::size_t length) { return bytes("abcdefghijklmnopqrstuvwxyz", length); };
    // Where the whole argument is the secret, it may have any byte before the mark.
    const std::vector<std::function<Arguments(const std::string&)>> whole{
        [](const auto& secret) {
            return Arguments{"--password", "x" + secret};
        },
        [](const auto& secret) { return Arguments{"--db-pass=" + secret}; },
        [](const auto& secret) { return Arguments{"API_TOKEN=" + secret}; },
        [](const auto& secret) {
            return Arguments{"-H", "X-Api-Key: " + secret};
        },
        [](const auto& secret) { return Arguments{"--header=X-Auth-Token: " + secret}; },
        [](const auto& secret) {
            return Arguments{"curl", "-sSu", "bob:" + secret};
        },
        [](const auto& secret) {
            return Arguments{"mysqldump", "-p" + secret};
        },
        [](const auto& secret) {
            return Arguments{"sshpass", "-p", "x" + secret};
        },
        [](const auto& secret) {
            return Arguments{"-e", "DB_SECRET=" + secret};
        },
    };
    const std::vector<std::function<Arguments(const std::string&)>> within{
        [&](const auto& secret) { return Arguments{"https://bob:" + secret + "@" + word(5) + "/"}; },
        [&](const auto& secret) { return Arguments{"https://h/?a=1&access_token=" + secret + "&b=2"}; },
        [](const auto& secret) {
            return Arguments{"-H", "Authorization: Bearer " + secret};
        },
        [](const auto& secret) {
            return Arguments{"sh", "-c", "x; MYSQL_PWD=\"" + secret + "\" run"};
        },
        [](const auto& secret) {
            return Arguments{"sh", "-c", "a  --token  '" + secret + "' | b"};
        },
        [](const auto& secret) {
            return Arguments{"sh", "-c", "ssh h 'mysql -p" + secret + "' &"};
        },
        [](const auto& secret) {
            return Arguments{"-d", "{\"a\":1,\"password\":\"" + secret + "\"}"};
        },
        [](const auto& secret) {
            return Arguments{"-o", "user=bob,password=" + secret};
        },
        [&](const auto& secret) { return Arguments{secret + bytes("0123456789abcdef", 32)}; },
    };
    for (int round = 0; round < 10'000; ++round) {
        Arguments arguments{word(5)};
        for (auto i = random() % 4; i > 0; --i) {
            // No --xpw by chance, which would announce a secret.
            arguments.push_back(random() % 2 == 0 ? "--" + bytes("bdfgl", 3) : word(8));
        }
        const bool any_byte = random() % 2 == 0;
        const std::string secret =
            bytes(any_byte ? "abc019 &;,'\"\\:=@/?#|(){}[]$`\t\n\xff" : "abcXYZ019", random() % 20) +
            "S3CR3T" + bytes("abcXYZ019", random() % 20);
        const auto& kinds = any_byte ? whole : within;
        for (auto& argument : kinds[random() % kinds.size()](secret)) {
            arguments.push_back(std::move(argument));
        }
        arguments.push_back(word(random() % 200));
        const std::size_t limit = 20 + random() % 300;
        const auto line = shown(arguments, limit);
        REQUIRE_MESSAGE(line.find("S3CR3T") == std::string::npos, line);
        REQUIRE(line.size() <= limit);
    }
}

TEST_CASE("a long argument costs no more than its length: whoever sends must not stop who watches") {
    // Each would take hours where a search begins anew at every byte.
#ifdef FWLEARN_SANITIZED
    constexpr std::size_t length = 100'000; // minutes
#else
    constexpr std::size_t length = 1'000'000;
#endif
    for (const std::string part : {"a=", ":", "://", "\" ", "-", "'=", "a:\"", "$(", "\\"}) {
        std::string text;
        while (text.size() < length) {
            text += part;
        }
        CHECK(shown({"x", text, "--token", "abc"}).size() == 256);
    }
}
