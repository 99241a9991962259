"""A realm of Kerberos on loopback, by MIT's programs."""

import os
import shutil
import subprocess

from .dovecot import free_port

PROGRAMS = ("krb5kdc", "kadmin.local", "kdb5_util", "kinit")
REALM = "NAVETTE.TEST"


def find(program):
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def is_installed():
    return all(map(find, PROGRAMS)) and os.path.exists("/usr/lib/dovecot/modules/auth/libmech_gssapi.so")


class Realm:
    """With the principal reader, whose password is "password", and imap/localhost in KEYTAB. ENVIRONMENT is that of the
    programs that are to use it; it is changed."""

    def __init__(self, case):
        self.directory, self.environment = os.path.join(case.directory, "krb5"), case.environment
        os.makedirs(self.directory)
        port = free_port()
        self.config = self.write("krb5.conf", f"""[libdefaults]
default_realm = {REALM}
dns_lookup_kdc = false
rdns = false
[realms]
{REALM} = {{
  kdc = 127.0.0.1:{port}
}}
[domain_realm]
localhost = {REALM}
""")
        profile = self.write("kdc.conf", f"""[kdcdefaults]
kdc_listen = 127.0.0.1:{port}
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{REALM} = {{
  database_name = {self.directory}/principal
  key_stash_file = {self.directory}/stash
}}
""")
        self.keytab = os.path.join(self.directory, "keytab")
        self.environment.update(KRB5_CONFIG=self.config, KRB5_KDC_PROFILE=profile,
                                KRB5CCNAME="FILE:" + os.path.join(self.directory, "tickets"))
        self.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
        for query in ("addprinc -pw password reader", "addprinc -pw password other", "addprinc -randkey imap/localhost",
                      f"ktadd -k {self.keytab} imap/localhost"):
            self.run("kadmin.local", "-r", REALM, "-q", query)
        os.chmod(self.directory, 0o755)
        os.chmod(self.keytab, 0o644)
        self.process = subprocess.Popen([find("krb5kdc"), "-n", "-r", REALM], env=self.environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        case.addCleanup(self.stop)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

    def run(self, program, *arguments, **options):
        return subprocess.run([find(program), *arguments], env=self.environment, capture_output=True, text=True, timeout=60,
                              check=options.pop("check", True), **options)

    def get_ticket(self, principal):
        """Waits for the realm to be there."""
        while self.run("kinit", principal, input="password\n", check=False).returncode != 0:
            pass  # the runner ends a test that goes on for ever

    def settings(self):
        """For harness.dovecot.Dovecot's EXTRA."""
        return f"""
import_environment = KRB5_CONFIG={self.config}
auth_mechanisms = plain gssapi
auth_krb5_keytab = {self.keytab}
auth_gssapi_hostname = localhost
"""

    def stop(self):
        self.process.kill()
        self.process.wait()
