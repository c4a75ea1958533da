"""A mail server whose behaviour the recipient's name chooses: faulty_relay.py PORT FILE.

Every recipient of a mail that was taken is a line in FILE.
"""

import signal
import sys

from aiosmtpd.controller import Controller

PORT, FILE = int(sys.argv[1]), sys.argv[2]


class Faults:
    def __init__(self):
        self.seen = set()

    def first_time(self, address):
        new = address not in self.seen
        self.seen.add(address)
        return new

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "unknown":
            return "550 5.1.1 No such user here"
        if name == "greylist" and self.first_time(address):
            return "451 4.7.1 Greylisted, try later"
        if name == "full":
            return "452 4.2.2 Mailbox full"
        if name == "drop" and self.first_time(address):
            server.transport.abort()
            return "421 4.3.2 bye"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        address = envelope.rcpt_tos[0]
        name = address.split("@")[0]
        if name == "spam":
            return "554 5.7.1 Message rejected as spam"
        with open(FILE, "a") as accepted:
            print(address, file=accepted)
        if name == "dropdata" and self.first_time(address):
            server.transport.abort()
            return "421 4.3.2 bye"
        return "250 2.0.0 Ok: queued as 1"


Controller(Faults(), hostname="127.0.0.1", port=PORT).start()
signal.pause()
