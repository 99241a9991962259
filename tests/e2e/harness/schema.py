"""docs/navette.schema.json, held against what --json printed."""

import json
import os

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../docs/navette.schema.json")


def load():
    with open(PATH, encoding="utf-8") as f:
        return json.load(f)


def check(test, objects):
    """That each is as the schema says, and has no type and no member that the schema does not know."""
    try:
        import jsonschema
    except ImportError:
        test.skipTest("jsonschema is not installed (Debian package python3-jsonschema)")
    schema = load()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for line in objects:
        test.assertEqual([error.message for error in validator.iter_errors(line)], [], line)
        test.assertLessEqual(set(line), set(schema["$defs"][line["type"]]["properties"]), line)
