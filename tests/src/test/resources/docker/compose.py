"""Prints Compose files as one JSON object, name of the file → its content with aliases and merges resolved."""

import json
import sys

import yaml

documents = {}
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        documents[path.rsplit("/", 1)[-1]] = yaml.safe_load(file)
print(json.dumps(documents))
