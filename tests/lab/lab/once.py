"""What takes minutes to make and is kept for the runs to come: made by one run at a time, there whole or not at all, and
forgotten when no run has used it for a week.
"""

import fcntl
import hashlib
import os
import shutil
import time

#: Half-made ones are forgotten at once, for one run at a time makes one.
FORGET_AFTER = 7 * 24 * 3600


def name_of(image, *what):
    """What tells apart what is made of this image and of all else that it depends on."""
    # An image that was made again has the same name and other bytes, which a disk must not be laid over.
    made = str((image / "disk.raw").stat().st_mtime_ns)
    return hashlib.sha256("\0".join([str(image), made, *what]).encode()).hexdigest()[:16]


def made(cache, kind, name, make):
    """The folder of this kind and name; where there is none yet, `make` fills a new one."""
    kept = cache / f"{kind}-{name}"
    with open(cache / f"{kind}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept / "complete").exists():
            new = kept.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
            make(new)
            (new / "complete").touch()
            new.rename(kept)
            _forget_others(cache, kind, kept)
        os.utime(kept)
    return kept


def _forget_others(cache, kind, kept):
    for each in cache.glob(f"{kind}-*"):
        if each.is_dir() and each != kept and (each.suffix == ".new" or time.time() - each.stat().st_mtime > FORGET_AFTER):
            shutil.rmtree(each, ignore_errors=True)
