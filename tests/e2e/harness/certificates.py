"""A throwaway authority and certificates, by openssl(1)."""

import hashlib
import os
import subprocess


def run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def make_authority(directory):
    key, certificate = (os.path.join(directory, n) for n in ("ca.key", "ca.pem"))
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=navette test authority")
    return key, certificate


def make_certificate(directory, authority, name, san, days=("-days", "2")):
    """A server certificate signed by AUTHORITY; DAYS are arguments of openssl x509 -req."""
    key, request, certificate, extensions = (
        os.path.join(directory, name + end) for end in (".key", ".csr", ".pem", ".ext"))
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    with open(extensions, "w", encoding="ascii") as f:
        f.write(f"subjectAltName={san}\n")
    run("openssl", "x509", "-req", "-in", request, "-CA", authority[1], "-CAkey", authority[0],
        "-CAcreateserial", "-out", certificate, "-extfile", extensions, *days)
    for path in (key, certificate):
        os.chmod(path, 0o644)
    return certificate, key


def fingerprint(certificate):
    text = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-fingerprint",
                           "-sha256"], check=True, capture_output=True, text=True).stdout
    return text.strip().partition("=")[2].replace(":", "").lower()


def key_fingerprint(certificate):
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True,
                         capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key, check=True, capture_output=True).stdout
    return hashlib.sha256(der).hexdigest()


def renew(directory, authority, certificate, key, san):
    """Another certificate with the same key."""
    fresh, request, extensions = (os.path.join(directory, "renewed" + end) for end in (".pem", ".csr", ".ext"))
    run("openssl", "req", "-new", "-key", key, "-out", request, "-subj", "/CN=renewed")
    with open(extensions, "w", encoding="ascii") as f:
        f.write(f"subjectAltName={san}\n")
    run("openssl", "x509", "-req", "-in", request, "-CA", authority[1], "-CAkey", authority[0], "-CAcreateserial",
        "-out", fresh, "-extfile", extensions, "-days", "2")
    os.replace(fresh, certificate)
