"""A window on a large folder costs what the window holds, not what the folder does. NAVETTE_LARGE=N: messages there;
half a million need 3 GB of disk and some minutes."""

import os
import time

from harness import mail, relay
from harness.case import Case

MESSAGES = int(os.environ.get("NAVETTE_LARGE", "3000"))
YOUNG = 100
DAY = 86_400


class LargeWindow(Case):
    in_memory = False

    def fill(self):
        """Written into the server's own Maildir: an APPEND each would take long."""
        self.far.append("INBOX", mail.message(0), "\\Seen")
        self.far.close()
        root = os.path.join(self.server.directory, "home", "reader", "Maildir")
        body = mail.to_near(mail.message(1))
        sizes = f"S={len(body)},W={len(body) + body.count(10)}"
        now = int(time.time())
        for i in range(MESSAGES):
            when = now - (DAY if i >= MESSAGES - YOUNG else 400 * DAY)
            path = os.path.join(root, "cur", f"{1_000_000 + i}.M{i}.host,{sizes}:2,S")
            with open(path, "wb") as f:
                f.write(body)
            os.utime(path, (when, when))
        self.far = self.connect(self.server)
        self.assertEqual(len(self.far.uids("INBOX")), MESSAGES + 1)

    def run_counted(self):
        self.relay.reset()
        run = self.navette("sync", timeout=600)
        self.assertEqual(run.status, 0, run)
        print(f"{MESSAGES} messages: {self.relay.turns} turns, {self.relay.bytes_down} bytes down")
        return self.relay.turns, self.relay.bytes_down

    def test_a_window_of_a_month(self):
        self.standard()
        self.fill()
        self.relay = relay.Relay(self.server.port)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port, auth="plain", compress="no", max_age="30d")
        turns, down = self.run_counted()
        self.assertEqual(len(self.near.files("INBOX")), YOUNG)
        self.assertLessEqual(turns, 6)
        self.assertLess(down, YOUNG * 1000 + 5000)
        for _ in range(2):
            turns, down = self.run_counted()
            self.assertLessEqual(turns, 3)
            self.assertLess(down, 2000)
