"""A Ctrl-C that strikes in a finalizer ends the program all the same."""

import os
import signal
import subprocess
import sys

LOST = """
import signal, time
{}
class Greedy:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
        for _ in range(1000):
            pass
try:
    Greedy()
    time.sleep(2)
except KeyboardInterrupt:
    print("interrupted")
else:
    print("never heard of it")
"""


def run_with(first_line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", LOST.format(first_line)], capture_output=True, text=True, timeout=30)


def test_python_alone_loses_it():
    assert run_with("").stdout == "never heard of it\n"


def test_resent_interrupts_arrive_after_the_finalizer():
    ended = run_with("from sbdk.core.signals import resend_interrupts; resend_interrupts()")
    assert (ended.stdout, ended.stderr) == ("interrupted\n", "")


def test_other_exceptions_of_finalizers_are_reported_as_before():
    script = """
from sbdk.core.signals import resend_interrupts
resend_interrupts()
class Wrong:
    def __del__(self):
        raise ValueError("told")
Wrong()
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert "ValueError: told" in ended.stderr


def test_one_that_strikes_while_the_program_is_imported_ends_it_in_the_same_way(tmp_path):
    (tmp_path / "typer.py").write_text("import time\nprint('imported', flush=True)\ntime.sleep(60)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "sbdk", "--version"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout.readline() == "imported\n"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, told) == (130, "error: interrupted\n")
