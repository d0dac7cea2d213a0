"""Writing: whatever happens, the previous or the new set stands there whole."""

import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from breachstudy.errors import BusyError, StaleError, StorageError
from breachstudy.storage import folders as storage
from breachstudy.storage import (
    read_folder,
    recover,
    replace_folder,
    standing,
    steady,
    write_atomic,
    writing,
)
from breachstudy.storage.locking import locked

ROOT = Path(__file__).parents[2]
OLD, NEW = {"a.txt": b"old", "b.txt": b"old"}, {"a.txt": b"new", "b.txt": b"new", "c/d": b"new"}


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file()}


def put(folder, files):
    """Files as they are, without the code under test."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


@pytest.fixture(params=["one call", "two renames"])
def target(request, tmp_path, monkeypatch):
    """A folder that holds the old set, on a system with and without an atomic exchange."""
    if request.param == "two renames":
        monkeypatch.setattr(storage, "_exchange", lambda a, b: False)
    put(tmp_path / "set", OLD)
    return tmp_path / "set"


def alone(target):
    return [p.name for p in target.parent.iterdir()] == [target.name]


def test_replacing_leaves_exactly_the_new_files(target):
    replace_folder(target, NEW)
    assert content(target) == NEW and alone(target) and read_folder(target) == NEW
    replace_folder(target, {})
    assert content(target) == {} and target.is_dir()


def test_the_first_set_makes_its_folder(tmp_path):
    replace_folder(tmp_path / "x" / "set", NEW)
    assert content(tmp_path / "x" / "set") == NEW and alone(tmp_path / "x" / "set")
    assert read_folder(tmp_path / "none") == {}


def test_a_link_keeps_pointing_there(target, tmp_path):
    link = tmp_path / "elsewhere" / "set"
    link.parent.mkdir()
    link.symlink_to(target)
    replace_folder(link, NEW)
    assert link.is_symlink() and content(target) == NEW
    assert [p.name for p in link.parent.iterdir()] == ["set"]


REFUSALS = [(errno.ENOSPC, "Free "), (errno.EDQUOT, "Free "),
            (errno.EROFS, "read-only"), (errno.EACCES, "writable for your user"),
            (errno.ENAMETOOLONG, "shorter"), (errno.ENOLCK, "no locks"),
            (errno.EIO, "Put this right")]


@pytest.mark.parametrize("at", ["open", "mkdir", "fsync", "rename"])
@pytest.mark.parametrize(("number", "remedy"), REFUSALS)
def test_what_the_system_refuses_is_one_clear_error(target, monkeypatch, at, number, remedy):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number), "inner")

    if at == "open":
        monkeypatch.setattr(os, "open", refuse)
    elif at == "fsync":
        monkeypatch.setattr(os, "fsync", refuse)
    else:
        if at == "rename":
            monkeypatch.setattr(storage, "_exchange", lambda a, b: False)
        whole = getattr(Path, at)
        monkeypatch.setattr(Path, at, lambda self, *a, **k: refuse() if "-new-" in self.name
                            else whole(self, *a, **k))
    with pytest.raises(StorageError) as caught:
        replace_folder(target, NEW)
    message = str(caught.value)
    assert str(target) in message and os.strerror(number) in message and remedy in message
    assert "Nothing there was changed" in message and "inner" not in message
    assert caught.value.errno == number
    monkeypatch.undo()
    assert content(target) == OLD and alone(target)


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path):
    (tmp_path / "set").write_text("mine")
    with pytest.raises(StorageError, match="move it away"):
        replace_folder(tmp_path / "set", NEW)
    assert (tmp_path / "set").read_text() == "mine" and alone(tmp_path / "set")


def test_an_error_of_the_caller_goes_through_and_changes_nothing(target):
    with pytest.raises(KeyError), writing(target):
        raise KeyError("theirs")
    assert content(target) == OLD and alone(target)


def test_a_full_disk_keeps_the_old_set(small_disk):
    target = small_disk / "set"
    replace_folder(target, OLD)
    with pytest.raises(StorageError, match=r"Free at least 2\.0 MB"):
        replace_folder(target, {"a": bytes(500_000), "b": bytes(1_500_000)})
    assert content(target) == OLD and alone(target)
    with pytest.raises(StorageError, match="No space"):
        write_atomic(target / "a.txt", bytes(2_000_000))
    assert content(target) == OLD
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageError, match="work in a copy"):
        replace_folder(target, NEW)
    assert content(target) == OLD


@pytest.mark.parametrize(("umask", "file", "folder"), [(0o022, 0o644, 0o755),
                                                       (0o077, 0o600, 0o700),
                                                       (0o002, 0o664, 0o775)])
def test_every_file_and_folder_has_the_mode_that_the_umask_gives(target, umask, file, folder):
    before = os.umask(umask)
    try:
        replace_folder(target, NEW)
        write_atomic(target / "e" / "f.csv", b"one")
        write_atomic(target / "e" / "f.csv", b"two")
    finally:
        os.umask(before)
    found = {p: stat.S_IMODE(p.stat().st_mode) for p in (target, *target.rglob("*"))}
    assert content(target) == {**NEW, "e/f.csv": b"two"}
    assert {m for p, m in found.items() if p.is_file()} == {file}
    assert {m for p, m in found.items() if p.is_dir()} == {folder}


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "x" / "f.csv"
    write_atomic(path, b"one")
    assert path.read_bytes() == b"one" and alone(path)

    def gone(*_):
        raise OSError(errno.EIO, "gone")

    monkeypatch.setattr(Path, "replace", gone)
    with pytest.raises(StorageError, match=r"f\.csv cannot be written: gone"):
        write_atomic(path, b"two")
    assert path.read_bytes() == b"one" and alone(path)


def test_names_too_long_are_told_and_long_ones_work(tmp_path):
    write_atomic(tmp_path / ("x" * 250), b"one")
    with pytest.raises(StorageError, match="shorter name"):
        write_atomic(tmp_path / ("x" * 300), b"one")
    assert [p.name for p in tmp_path.iterdir()] == ["x" * 250]


def test_temporary_files_of_the_dead_are_swept_and_those_of_the_living_are_not(tmp_path):
    old, young = tmp_path / ".writing-old", tmp_path / ".writing-young"
    old.write_text("")
    young.write_text("")
    os.utime(old, (time.time() - 2 * storage.LEFT_AFTER_SECONDS,) * 2)
    write_atomic(tmp_path / "f", b"one")
    assert {p.name for p in tmp_path.iterdir()} == {".writing-young", "f"}


def test_a_second_writer_waits_says_so_and_then_writes(target):
    code = ("import sys, time\nfrom pathlib import Path\n"
            "from breachstudy.storage import writing\n"
            "with writing(Path(sys.argv[1])) as replace:\n"
            "    print('held', flush=True)\n    time.sleep(0.4)\n"
            "    replace({'a.txt': b'theirs'})\n")
    other = subprocess.Popen([sys.executable, "-c", code, str(target)], cwd=ROOT, text=True,
                             stdout=subprocess.PIPE)
    assert other.stdout.readline() == "held\n"
    said = []
    replace_folder(target, NEW, say=said.append)
    assert said == [f"waiting for process {other.pid}, which writes {target} …"]
    assert other.wait() == 0 and content(target) == NEW and alone(target)
    other.stdout.close()


def test_a_writer_that_waits_in_vain_refuses(target):
    said = []
    with writing(target), pytest.raises(BusyError, match=f"another process \\({os.getpid()}\\)"):
        replace_folder(target, NEW, wait=0.1, say=said.append)
    assert len(said) == 1 and content(target) == OLD and alone(target)
    replace_folder(target, NEW)


def test_the_lock_of_a_killed_process_holds_nobody_up(tmp_path):
    code = ("import os, sys\nfrom pathlib import Path\n"
            "from breachstudy.storage.locking import locked\n"
            "with locked(Path(sys.argv[1]), 'x'):\n    os._exit(9)\n")
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "lock")], cwd=ROOT, check=False)
    assert (tmp_path / "lock").exists()
    with locked(tmp_path / "lock", "x", wait=0, say=pytest.fail):
        pass
    assert not (tmp_path / "lock").exists()


def test_reading_sees_one_set_though_it_is_exchanged_meanwhile(target):
    seen = []

    def read(folder):
        first = (folder / "a.txt").read_bytes()
        if not seen:
            replace_folder(target, NEW)
        seen.append(first)
        return first, (folder / "b.txt").read_bytes()

    assert steady(target, read) == (b"new", b"new") and seen == [b"old", b"new"]
    with pytest.raises(StaleError, match="faster than it can be read"):
        steady(target, lambda _: replace_folder(target, NEW))
    with pytest.raises(FileNotFoundError):
        steady(target, lambda folder: (folder / "none").read_bytes())


# A child is killed before the n-th operation on the file system, for every n until it ends by
# itself; after each, what stands there is compared, put back, and a later run is made.
KILLS = """
import os, sys
from pathlib import Path
from breachstudy.storage import folders as storage
from breachstudy.storage import read_folder, recover, replace_folder, standing

root, renames = Path(sys.argv[1]), sys.argv[2] == "two renames"
if renames:
    storage._exchange = lambda a, b: False
target = root / "set"
OLD = {f"{n}/{n}.bin": b"old" * 4000 for n in range(4)}
NEW = {f"{n}/{n}.bin": b"new" * 4000 for n in range(1, 6)}
LAST = {"last": b"last"}
WATCHED = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate")

def child(n):
    seen = 0
    def count(event, _):
        nonlocal seen
        if event in WATCHED:
            seen += 1
            if seen == n:
                os._exit(9)
    sys.addaudithook(count)
    replace_folder(target, NEW)
    os._exit(0)

n = old = new = aside = 0
while True:
    n += 1
    replace_folder(target, OLD)
    pid = os.fork()
    if pid == 0:
        child(n)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status in (0, 9), status
    aside += standing(target) != target
    found = read_folder(target)  # as a user reads it
    assert found in (OLD, NEW), (n, sorted(found))
    old, new = old + (found == OLD), new + (found == NEW)
    recover(target)
    assert standing(target) == target and read_folder(target) == found, n
    replace_folder(target, LAST)
    assert read_folder(target) == LAST, n
    assert os.listdir(root) == ["set"], (n, os.listdir(root))
    if status == 0:
        break
print(n, old, new, aside)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("how", ["one call", "two renames"])
def test_killed_before_any_operation_a_whole_set_is_left(tmp_path, how):
    done = subprocess.run([sys.executable, "-c", KILLS, str(tmp_path), how], cwd=ROOT, text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    n, old, new, aside = map(int, done.stdout.split())
    assert n > 25 and old > 10 and new > 10 and old + new == n
    assert aside == (1 if how == "two renames" else 0)


WRITER = """
import sys
from pathlib import Path
from breachstudy.storage import folders as storage
if sys.argv[3] == "two renames":
    storage._exchange = lambda a, b: False
target, me = Path(sys.argv[1]), sys.argv[2].encode()
print("ready", flush=True)
sys.stdin.readline()
for i in range(int(sys.argv[4])):
    mine = {f"{n}.bin": me + b"%d" % i for n in range(4)}
    with storage.writing(target, say=lambda _: None) as replace:
        replace(mine)
        assert {p.name: p.read_bytes() for p in target.iterdir()} == mine
    found = storage.read_folder(target)
    assert len(found) == 4 and len(set(found.values())) == 1, found
"""


@pytest.mark.parametrize("how", ["one call", "two renames"])
def test_raced_exchanges_never_mix(tmp_path, how):
    target, writers, rounds = tmp_path / "set", 4, 50
    replace_folder(target, {f"{n}.bin": b"" for n in range(4)})
    running = [subprocess.Popen([sys.executable, "-c", WRITER, str(target), str(i), how,
                                 str(rounds)], cwd=ROOT, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for i in range(writers)]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    reads = 0
    while any(process.poll() is None for process in running):
        found = read_folder(target)
        assert len(found) == 4 and len(set(found.values())) == 1
        reads += 1
    assert [process.communicate()[1] for process in running] == [""] * writers
    assert [process.returncode for process in running] == [0] * writers and reads > 5
    last = content(target)
    assert len(last) == 4 and len(set(last.values())) == 1 and alone(target)


def test_killed_by_the_clock_a_whole_set_is_left(tmp_path):
    target = tmp_path / "set"
    first = {f"{n}.bin": b"first" for n in range(4)}
    replace_folder(target, first)
    for attempt in range(6):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(target), "x", "one call",
                                    "100000"], cwd=ROOT, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        process.stdin.write("\n")
        process.stdin.flush()
        while read_folder(target) == first:  # it has begun to exchange sets
            time.sleep(0.001)
        time.sleep(0.013 * attempt)
        process.kill()
        process.communicate()
        found = read_folder(target)
        assert len(found) == 4 and len(set(found.values())) == 1
        recover(target)
        assert standing(target) == target and read_folder(target) == found
        first = found


def test_git_ignores_what_a_killed_process_leaves():
    names = ["data/.processed-new-1-ab/x", "data/.processed-previous/x", "data/.processed-lock",
             "data/.processed-old-ab/x", ".reports-new-1-ab/figures/x", ".reports-previous/x",
             ".reports-old-ab/x", ".reports-lock", ".writing-ab", "docs/.writing-ab"]
    found = subprocess.run(["git", "check-ignore", "--no-index", *names], cwd=ROOT, text=True,
                           capture_output=True, check=False)
    if found.returncode == 128:
        pytest.skip("not a checkout of git")
    assert found.stdout.split() == names
