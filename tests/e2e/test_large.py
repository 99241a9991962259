"""A message of 200 MB both ways, in little memory."""

import hashlib
import os
import resource
import subprocess
import sys

from harness import mail
from harness.case import BINARY, Case

SIZE = 200_000_000
# Prints the peak of resident memory of the command in its arguments, in kB.
MEASURE = ("import resource, subprocess, sys\n"
           "status = subprocess.run(sys.argv[1:]).returncode\n"
           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
           "sys.exit(status)\n")


class Large(Case):
    in_memory = False

    def measured_sync(self):
        process = subprocess.run(
            [sys.executable, "-c", MEASURE, BINARY, "-c", self.config, "sync", "-q"],
            env=self.environment, capture_output=True, text=True, check=False, timeout=300)
        self.assertEqual(process.returncode, 0, process)
        return int(process.stdout.split()[-1])

    def check_memory(self, peak):
        print(f"peak memory {peak} kB")
        if not os.environ.get("NAVETTE_SANITIZED"):
            self.assertLess(peak, 20_000)

    def test_200_mb_both_ways(self):
        self.standard(storage="sdbox")
        self.near.create("INBOX")
        head = mail.message(1)
        path = os.path.join(self.near.path("INBOX"), "cur", "1600000000.big.test:2,S")
        digest = hashlib.sha256()
        line = b"y" * 70 + b"\n"
        with open(path, "wb") as f:
            f.write(mail.to_near(head))
            digest.update(mail.to_near(head))
            for _ in range(SIZE // len(line) // 1000):
                f.write(line * 1000)
                digest.update(line * 1000)
        self.check_memory(self.measured_sync())
        self.assertEqual(len(self.far.uids("INBOX")), 1)
        os.rename(self.near.root, self.near.root + ".old")
        import shutil
        shutil.rmtree(os.path.join(self.directory, "state"))
        self.check_memory(self.measured_sync())
        (file,) = self.near.files("INBOX")
        again = hashlib.sha256()
        with open(os.path.join(self.near.path("INBOX"), *file), "rb") as f:
            while data := f.read(1 << 20):
                again.update(data)
        self.assertEqual(again.hexdigest(), digest.hexdigest())
        self.assertEqual(resource.getpagesize() > 0, True)
