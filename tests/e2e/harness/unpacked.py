"""Servers that cannot be installed beside Dovecot: their Debian packages, unpacked into a folder of their own."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import unittest


def folder():
    """Where they are unpacked."""
    path = os.environ["NAVETTE_SERVERS"]  # set by tests/e2e/run
    os.makedirs(path, mode=0o755, exist_ok=True)
    status = os.lstat(path)
    if status.st_uid != os.geteuid():
        raise unittest.SkipTest(f"{path} belongs to somebody else")
    return path


def run(*command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=300, **options)


def missing_libraries(packages):
    """Packages of libraries that these need and this system does not have."""
    result = run("apt-get", "-s", "--no-install-recommends", "install", *packages)
    installs = [line.split()[1] for line in result.stdout.splitlines()
                if line.startswith("Inst ")]
    return [name for name in installs if name.startswith("lib") and name not in packages]


def download(packages, directory):
    """Returns what apt-get said when it could not, else None."""
    if not shutil.which("apt-get"):
        return "there is no apt-get"
    packages = [*packages, *missing_libraries(packages)]
    for attempt in range(2):
        # As root apt would fetch as another user, who may not write here.
        result = run("apt-get", "-o", "APT::Sandbox::User=root", "-qq", "download", *packages,
                     cwd=directory)
        if result.returncode == 0:
            return None
        if attempt == 0 and run(*([] if os.geteuid() == 0 else ["sudo", "-n"]), "apt-get", "-qq",
                                "update").returncode != 0:
            break
    return result.stdout.strip().splitlines()[-1]


def packages_of(name):
    """The names of a set of contrib/packages."""
    here = os.path.dirname(os.path.abspath(__file__))
    result = run(os.path.join(here, "../../../contrib/packages"), "--print", name)
    if result.returncode != 0:
        raise AssertionError(result.stdout)
    return result.stdout.split()


def unpack(name):
    """The folder with the files of a set of contrib/packages. Skips the test where it cannot be had."""
    packages = packages_of(name)
    # Named after the list: one that has grown is unpacked anew.
    digest = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:8]
    root = os.path.join(folder(), f"{name}-{digest}")
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context(open(root + ".lock", "w", encoding="ascii"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(root):
            return root
        with tempfile.TemporaryDirectory(dir=folder()) as directory:
            problem = download(packages, directory)
            if problem:
                raise unittest.SkipTest(f"{name} cannot be downloaded: {problem}")
            part = os.path.join(directory, "root")
            for package in sorted(os.listdir(directory)):
                result = run("dpkg-deb", "-x", os.path.join(directory, package), part)
                if result.returncode != 0:
                    raise unittest.SkipTest(f"{package} cannot be unpacked: {result.stdout}")
            os.chmod(part, 0o755)
            os.rename(part, root)
    return root


def environment(root):
    """For its programs to find the libraries that came with them."""
    directory = os.path.join(root, "usr/lib")
    names = os.listdir(directory) if os.path.isdir(directory) else []
    triplets = [os.path.join(directory, name) for name in names if "-linux-" in name]
    return dict(os.environ, LD_LIBRARY_PATH=":".join([*triplets, directory]))


def serving_user():
    """Arguments for subprocess: mail is not served as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "mail", "group": "mail", "extra_groups": []}
