"""Runs a program next to three servers of its own: names, mail and a page, for contrib/release/try.

Usage: servers.py MAILS PAGE COMMAND..., in a network of its own (unshare --net). Every name is 127.0.0.1 (port 53). Each mail that
comes to port 25 is a file below MAILS. Port 80 serves the folder PAGE. Ends with the exit code of COMMAND.
"""

import functools
import http.server
import os
import socketserver
import subprocess
import sys
import threading

mails, page, *command = sys.argv[1:]


class Names(socketserver.BaseRequestHandler):
    """Answers a query for an A record with 127.0.0.1, and any other query with no record."""

    def handle(self):
        asked, socket = self.request
        end = asked.index(b"\0", 12) + 5
        is_address = asked[end - 4 : end - 2] == b"\0\1"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if is_address else b""
        counts = b"\0\1" + (b"\0\1" if is_address else b"\0\0") + b"\0\0\0\0"
        socket.sendto(asked[:2] + b"\x81\x80" + counts + asked[12:end] + record, self.client_address)


class Mail(socketserver.StreamRequestHandler):
    """Accepts every email."""

    def say(self, line):
        self.wfile.write(line + b"\r\n")

    def handle(self):
        self.say(b"220 mail")
        for line in self.rfile:
            word = line.split(None, 1)[0].upper() if line.strip() else b""
            if word == b"DATA":
                self.say(b"354 end with a dot")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                with open(os.path.join(mails, f"{len(os.listdir(mails)) + 1}.eml"), "wb") as file:
                    file.write(text)
            self.say(b"221 bye" if word == b"QUIT" else b"250 ok")
            if word == b"QUIT":
                return


class Page(http.server.SimpleHTTPRequestHandler):
    """Serves the page and writes no log."""

    def log_message(self, *_):
        pass


subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
handler = functools.partial(Page, directory=page)
for server in (
    socketserver.ThreadingUDPServer(("127.0.0.1", 53), Names),
    socketserver.ThreadingTCPServer(("127.0.0.1", 25), Mail),
    http.server.ThreadingHTTPServer(("127.0.0.1", 80), handler),
):
    threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(subprocess.run(command).returncode)
