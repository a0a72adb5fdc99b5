"""What a shell has to complete, by what --help says; and how a shell on a terminal is asked. For the tests beside it."""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile

PATIENCE = 60  # a shell that says nothing for so long has failed


def help_of(program, *verb):
    return subprocess.run([program, *verb, "--help"], check=True, capture_output=True, text=True).stdout


class Expected:
    """Of each verb, and of "" for none: all options that are taken there, and the words that may stand behind some."""

    def __init__(self, program):
        overall = help_of(program)
        self.verbs = set(re.findall(r"^  ([a-z][a-z-]*)  ", overall.split("Subcommands:")[1], re.MULTILINE))
        self.verbs.add("help")  # which is said in the place of --help
        self.options, self.words, self.descriptions = {}, {}, {}
        for verb in ["", *sorted(self.verbs)]:
            text = help_of(program, *([verb] if verb else []))
            self.options[verb] = set()
            for short, long, behind in re.findall(r"^  (?:(-\w),)?(--[a-z-]+)(.*\n(?: {20,}.*)?)", text, re.MULTILINE):
                self.options[verb] |= {long, short} - {""}
                listed = re.match(r" [A-Z/]+:\{([a-z0-9,]+)\}", behind)
                if listed:
                    self.words[verb, long] = set(listed.group(1).split(","))
        for verb in self.verbs:
            self.options[verb] |= self.options[""]
        if len(self.verbs) < 15 or len(self.words) < 15:
            sys.exit(f"--help has {len(self.verbs)} verbs and {len(self.words)} options with words, and no more?")


class Check:
    def __init__(self):
        self.wrong = 0

    def same(self, what, expected, actual):
        expected, actual = set(expected), set(actual)
        if expected != actual:
            self.wrong += 1
            print(f"{what}: missing {sorted(expected - actual)}, too many {sorted(actual - expected)}")

    def end(self):
        sys.exit(1 if self.wrong else 0)


class Terminal:
    """A shell on a terminal. What it is told is typed, when it has prompted: before that, the terminal itself would
    understand some of the keys."""

    def __init__(self, *command):
        self.home = tempfile.TemporaryDirectory()
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(self.home.name)
            os.environ.clear()
            os.environ.update(PATH="/usr/bin:/bin", HOME=self.home.name, TERM="dumb", LC_ALL="C.UTF-8", INPUTRC="/dev/null")
            os.execvp(command[0], command)
        self.pid = pid
        self.said = ""
        self.questions = 0
        self.type("PS1='rea''dy.'\n")
        self.wait_for("ready.")

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def wait_for(self, words):
        while words not in self.said:
            if not select.select([self.terminal], [], [], PATIENCE)[0]:
                sys.exit(f"does not say {words!r}, but {self.said!r}")
            self.said += os.read(self.terminal, 65536).decode(errors="replace").replace("\r", "")
        before, self.said = self.said.split(words, 1)
        return before

    def run(self, line):
        """Returns when the shell has done it."""
        self.questions += 1
        self.type(f"{line}\n echo end''of{self.questions}.\n")
        self.wait_for(f"endof{self.questions}.")
        self.wait_for("ready.")

    def arguments_after(self, keys):
        """What fwlearn would be called with after these keys. It is a function here."""
        self.type(f"{keys}\n")
        self.wait_for("<<")
        arguments = self.wait_for(">>").split("|")[:-1]
        self.wait_for("ready.")
        return arguments

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)
        self.home.cleanup()
