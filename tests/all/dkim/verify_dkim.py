"""Verifies every DKIM signature of a mail with dkimpy, against records in a file instead of DNS.

Usage: verify_dkim.py MAIL RECORDS. A line of RECORDS is a name, a tab and a record. Prints a line for each signature:
its selector, and whether it is valid.
"""

import re
import sys

import dkim

mail = open(sys.argv[1], "rb").read()
records = dict(line.rstrip("\n").split("\t") for line in open(sys.argv[2]))


def lookup(name, timeout=5):
    return records.get(name.decode().rstrip("."), "").encode()


header = mail.replace(b"\r\n", b"\n").split(b"\n\n")[0]
signatures = re.findall(rb"^DKIM-Signature:.*?\bs=([^;\s]+)", header, re.MULTILINE | re.DOTALL)
for index, selector in enumerate(signatures):
    try:
        valid = dkim.DKIM(mail).verify(idx=index, dnsfunc=lookup)
    except dkim.ValidationError:
        valid = False
    except dkim.DKIMException as error:
        valid = repr(error)
    print(selector.decode(), valid)
