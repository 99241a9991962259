# SPDX-License-Identifier: GPL-3.0-or-later
{ pkgs ? import <nixpkgs> { } }:

pkgs.stdenv.mkDerivation {
  pname = "navette";
  version = "0.1.0";
  src = pkgs.lib.cleanSource ../../..;
  nativeBuildInputs = [ pkgs.autoreconfHook pkgs.pkg-config ];
  buildInputs = with pkgs; [ curl expat gsasl inih jansson libsecret lmdb notmuch openssl sqlite zlib ];
  configureFlags = [
    "--with-libcurl"
    "--with-expat"
    "--with-sqlite3"
    "--with-jansson"
    "--with-libsecret"
    "--with-notmuch"
  ];
  # These are loaded when they are needed.
  postFixup = ''
    patchelf --add-rpath ${pkgs.lib.makeLibraryPath (with pkgs; [ curl expat libidn2 libsecret notmuch sqlite ])} $out/bin/navette
  '';
  enableParallelBuilding = true;
  meta = {
    description = "Keeps IMAP accounts and local Maildirs the same, both ways";
    license = pkgs.lib.licenses.gpl3Plus;
    mainProgram = "navette";
    platforms = pkgs.lib.platforms.linux;
  };
}
