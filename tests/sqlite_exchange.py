"""The other side of tests/lua/database_spec.lua: Python's sqlite3 reads what saddle has written to
the table t, compares it to the bit, and writes values of its own to the table back.

    sqlite_exchange.py STORE     prints "all agree" when it does
"""

import sqlite3
import struct
import sys


def bits(value):
    return (type(value), struct.pack("<d", value) if isinstance(value, float) else value)


def main(path):
    db = sqlite3.connect(path)
    expected = [1, -0.0, 5e-324, float("inf"), "a\0\u00fc", -2**63,
                struct.pack("<4d", 1, 3, 2, -0.0)]
    found = [row[0] for row in db.execute("SELECT a FROM t ORDER BY rowid")]
    bad = [k for k, pair in enumerate(zip(expected, found)) if bits(pair[0]) != bits(pair[1])]
    if len(found) != len(expected) or bad:
        print("differs:", bad, found)
        return 1
    db.execute("CREATE TABLE back (a)")
    for value in [-7, -0.0, 5e-324, float("-inf"), "b\0\u00fc", struct.pack("<3d", 1, 2, 3)]:
        db.execute("INSERT INTO back VALUES (?)", (value,))
    db.commit()
    db.close()
    print("all agree")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
