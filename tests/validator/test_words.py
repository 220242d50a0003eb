"""What the functions put into messages has none of the words that STYLE.md says to avoid."""

import ast
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def words_to_avoid():
    table = (ROOT / "STYLE.md").read_text(encoding="utf-8").split("words-to-avoid: begin -->")[1].split("<!-- words-to-avoid: end")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [word for row in rows for word in re.findall("`([^`]+)`", row)]


def texts(source):
    """Each text that is no documentation, and no key: those are one word."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    documentation = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, DOCUMENTED) and ast.get_docstring(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation and " " in node.value:
            yield node.lineno, node.value


class Words(unittest.TestCase):
    def test_no_message_has_a_word_to_avoid(self):
        words = words_to_avoid()
        self.assertGreater(len(words), 40)
        avoided = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, words)) + r")(?![\w-])", re.IGNORECASE)
        for name in ("validator.py", "judge.py", "watchdog.py"):
            found = [(line, hit.group(0), text) for line, text in texts(ROOT / "src/steps/function_code" / name) for hit in avoided.finditer(text)]
            self.assertEqual([], found, name)


if __name__ == "__main__":
    unittest.main()
