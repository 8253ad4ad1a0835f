"""Every file below /etc and /boot as the guest has it, told by a walk of its own: to be compared, byte for byte.

A file is its mode, its owner and the hash of its bytes; a link is where it leads; times are none of it.
"""

import json

WALK = r"""
import hashlib, json, os, stat
told = {}
def look(path):
    status = os.lstat(path)
    kept = f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid}"
    if stat.S_ISLNK(status.st_mode):
        told[path] = f"{kept} -> {os.readlink(path)}"
    elif stat.S_ISREG(status.st_mode):
        with open(path, "rb") as file:
            told[path] = f"{kept} {status.st_size} bytes {hashlib.file_digest(file, 'sha256').hexdigest()[:32]}"
    else:
        told[path] = kept
for top in ("/etc", "/boot"):
    for folder, folders, names in os.walk(top):
        for name in folders + names:
            look(os.path.join(folder, name))
print(json.dumps(told))
"""


def walk(machine):
    """What is there, by path."""
    return json.loads(machine.run("python3 -", stdin=WALK, patience=180, written=False).succeeds().out)


def differences(before, after):
    """What is not the same, by path: what it was and what it is."""
    paths = sorted(before.keys() | after.keys())
    pairs = {path: (before.get(path, "nothing"), after.get(path, "nothing")) for path in paths}
    return {path: f"was {was}, is {now}" for path, (was, now) in pairs.items() if was != now}
