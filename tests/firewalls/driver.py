#!/usr/bin/python3
"""Runs in a throwaway copy of the image, where it is asked about many files without starting anew for each.

    driver.py ufw|firewalld

Connects to /exchange/socket; a message is "check" or "load" and the files' paths, by blanks, and is answered by
one: a line of "0" or "1", then what was said on standard error. ufw's own code runs in this process, command
by command, as /usr/sbin/ufw has it: most of what that program does in its 100 ms is to start.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import traceback


class Ufw:
    files = ("/etc/ufw/user.rules", "/etc/ufw/user6.rules", "/etc/ufw/ufw.conf", "/etc/default/ufw")

    def __init__(self):
        import gettext
        import ufw.common
        import ufw.frontend

        gettext.install(ufw.common.programName)
        self.frontend = ufw.frontend
        self.capabilities = None
        for file in self.files:
            shutil.copy2(file, file + ".first")

    @staticmethod
    def commands(path):
        """What the script calls ufw with."""
        script = 'ufw() { printf "%s\\0" "$#" "$@"; }; set --; . "$0"'
        said = subprocess.run(["/bin/sh", "-euc", script, path], stdout=subprocess.PIPE, check=True).stdout
        words = said.decode("ascii").split("\0")[:-1]
        while words:
            count = int(words.pop(0))
            yield words[:count]
            del words[:count]

    def do(self, front, words):
        parsed = self.frontend.parse_command(["ufw"] + words)
        rule = parsed.data.get("rule", "")
        front.do_action(parsed.action, rule, parsed.data.get("iptype", ""), parsed.force)

    def check(self, paths):
        front = self.frontend.UFWFrontend(True)
        for path in paths:
            for words in self.commands(path):
                front.backend.rules, front.backend.rules6 = [], []  # as the next command would find them
                try:
                    self.do(front, ["--dry-run"] + words)
                except BaseException:
                    print(path, " ".join(words), file=sys.stderr)
                    raise

    def load(self, paths):
        """The first is enabled. For all others ufw's chains are there, and its files of rules are read again in
        the way in which it reads them itself (backend_iptables.py, _reload_user_rules)."""
        for file in self.files:
            shutil.copy2(file + ".first", file)
        front = self.frontend.UFWFrontend(False)
        front.backend.caps = self.capabilities
        for words in self.commands(paths[0]):
            self.do(front, words)
        if self.capabilities is None:
            self.do(front, ["--force", "enable"])
            self.capabilities = front.backend.caps
            return
        with open("/etc/default/ufw") as defaults:
            if 'DEFAULT_OUTPUT_POLICY="DROP"\n' not in defaults:
                raise RuntimeError("the rest is not denied")
        for restore, file in zip(("iptables-restore", "ip6tables-restore"), self.files):
            with open(file) as rules:
                subprocess.run([restore, "-n"], stdin=rules, check=True)


class Firewalld:
    policies = "/etc/firewalld/policies"
    log = "/var/log/firewalld"

    def __init__(self):
        self.process = None

    def check(self, paths):
        """All at once, each under the name of its file."""
        copies = [os.path.join(self.policies, os.path.basename(path) + ".xml") for path in paths]
        for path, copy in zip(paths, copies):
            shutil.copy(path, copy)
        subprocess.run(["firewall-offline-cmd", "--check-config"], check=True)
        for copy in copies:
            os.unlink(copy)

    def load(self, paths):
        # At once: firewalld watches the folder, and reads what is there of a file.
        shutil.copy(paths[0], "/etc/firewalld/fwlearn.new")
        os.replace("/etc/firewalld/fwlearn.new", os.path.join(self.policies, "fwlearn.xml"))
        if self.process is None:
            os.makedirs("/run/dbus", exist_ok=True)
            subprocess.run(["dbus-daemon", "--system", "--fork", "--nopidfile"], check=True)
            self.process = subprocess.Popen(["firewalld", "--nofork", "--nopid"])
            while subprocess.run(["firewall-cmd", "--quiet", "--state"], stderr=subprocess.DEVNULL).returncode != 0:
                if self.process.poll() is not None:
                    raise RuntimeError("firewalld has ended")
        else:
            subprocess.run(["dbus-send", "--system", "--print-reply", "--reply-timeout=120000",
                            "--dest=org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1",
                            "org.fedoraproject.FirewallD1.reload"], check=True)
        with open(self.log, "a+") as log:
            log.seek(0)
            sys.stderr.writelines(line for line in log if "ERROR" in line or "WARNING" in line)
            log.truncate(0)


def answer(firewall, message):
    """What is said is read from the descriptors: programs that are called say it there too."""
    verb, *paths = message.split()
    with tempfile.TemporaryFile("w+") as said:
        kept = os.dup(2)
        os.dup2(said.fileno(), 2)
        status = 0
        try:
            getattr(firewall, verb)(paths)
        except (Exception, SystemExit):
            traceback.print_exc()
            status = 1
        sys.stderr.flush()
        sys.stdout.flush()
        os.dup2(kept, 2)
        os.close(kept)
        said.seek(0)
        return "%d\n%s" % (status, said.read(100000))


def main():
    os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
    firewall = {"ufw": Ufw, "firewalld": Firewalld}[sys.argv[1]]()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as test:
        test.connect("/exchange/socket")
        while message := test.recv(1 << 17):
            test.send(answer(firewall, message.decode("ascii")).encode())


main()
