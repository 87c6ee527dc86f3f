"""What the lints share: which files there are, and C with comments and strings taken out.

It decides nothing about what is right. Lines keep their numbers, so that a finding can be pointed at."""
import re
import subprocess
import sys
from pathlib import Path

TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"][^>"\n]*[>"])', re.M)


def bare(text):
    """Comments become spaces, strings "" and characters '0'; newlines stay."""
    def blank(match):
        token = match.group(0)
        if token[0] == "/":
            return " " + "\n" * token.count("\n")
        return '""' if token[0] == '"' else "'0'"
    return TOKENS.sub(blank, text)


def includes(text):
    """(line, what) of each #include, what with its brackets or quotes."""
    without = re.sub(r"/\*.*?\*/", lambda match: "\n" * match.group(0).count("\n"), text, flags=re.S)
    return [(without.count("\n", 0, match.start(1)) + 1, match.group(1)) for match in INCLUDE.finditer(without)]


def tracked(*endings):
    """Path to text of the files under version control, and of new ones that are not ignored."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            check=True, capture_output=True).stdout.decode().split("\0")
    files = {}
    for path in sorted(set(listed)):
        if path and path.endswith(endings) and Path(path).is_file():
            files[path] = Path(path).read_text(encoding="utf-8", errors="replace")
    if not files:
        sys.exit("no files: run this from the project's root")
    return files


def judge(findings, said):
    """Prints findings and ends the program."""
    for finding in findings:
        print(finding)
    print(said if not findings else f"{len(findings)} findings")
    sys.exit(1 if findings else 0)
