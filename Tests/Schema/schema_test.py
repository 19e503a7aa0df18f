"""The check of the contract's lock: what may change, and what may not."""

import subprocess
import tempfile
import unittest
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "Scripts" / "check-schema"
PROTO = """
enum Leg { LEG_NONE = 0; LEG_CALLER = 1; }
message Call {
  bytes id = 1;
  repeated bytes routes = 2;  // in order
  uint32 status = 4;
}
"""


class SchemaTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.proto = Path(directory.name, "events.proto")
        self.lock = Path(directory.name, "events.lock")
        self.proto.write_text(PROTO)
        self.assertEqual(self.check("--add"), "")

    def check(self, *arguments: str) -> str:
        """What the program says; empty when all is well."""
        done = subprocess.run([PROGRAM, *arguments, self.proto, self.lock], capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 1 if done.stderr else 0)
        return done.stderr

    def change(self, old: str, new: str) -> str:
        self.assertIn(old, PROTO)
        self.proto.write_text(PROTO.replace(old, new))
        return self.check()

    def test_product(self):
        done = subprocess.run([PROGRAM], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_same(self):
        self.assertEqual(self.check(), "")
        self.assertIn("Call 2 routes repeated bytes\n", self.lock.read_text())

    def test_new_field_wants_a_line(self):
        self.assertIn("number 5 (late bool) is new", self.change("}\n", "  bool late = 5;\n}\n"))
        before = self.lock.read_text()
        self.assertEqual(self.check("--add"), "")
        self.assertTrue(self.lock.read_text().startswith(before))
        self.assertEqual(self.check(), "")

    def test_number_used_again(self):
        self.assertIn("is now `reason uint32`", self.change("uint32 status", "uint32 reason"))
        before = self.lock.read_text()
        self.assertIn("is now `reason uint32`", self.check("--add"))
        self.assertEqual(self.lock.read_text(), before)

    def test_renumbered(self):
        said = self.change("status = 4", "status = 5")
        self.assertIn("number 4 (status uint32) is gone", said)
        self.assertIn("number 5 (status uint32) is new", said)

    def test_another_type(self):
        self.assertIn("is now `status uint64`", self.change("uint32 status", "uint64 status"))
        self.assertIn("is now `routes bytes`", self.change("repeated bytes", "bytes"))

    def test_removal_must_reserve(self):
        self.assertIn("is gone", self.change("  uint32 status = 4;\n", ""))
        self.assertEqual(self.change("uint32 status = 4", "reserved 3 to 4"), "")

    def test_reserved_number_is_not_taken(self):
        said = self.change("uint32 status = 4;", "reserved 4; uint32 reason = 4;")
        self.assertIn("is reserved", said)

    def test_message_and_enumeration_stay(self):
        self.assertIn("is gone", self.change("message Call", "message Talk"))
        self.assertIn("LEG_CALLER enum) is gone", self.change(" LEG_CALLER = 1;", ""))

    def test_number_twice(self):
        self.assertIn("twice", self.change("status = 4", "status = 2"))


if __name__ == "__main__":
    unittest.main()
