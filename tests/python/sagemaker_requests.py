"""Checks requests to SageMaker against the service's own model, without calling it.

Reads [{"name", "operation", "request"}] as JSON from stdin and prints the faults as a list of texts: unknown and missing fields, types,
lengths, numbers out of bounds, texts that are not of the form or among the values that the model names.
"""

import json
import re
import sys

import boto3
from botocore.validate import ParamValidator


def values(shape, value, path):
    """Every (shape, value, path) inside that has bounds of its own."""
    yield shape, value, path
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name in shape.members:
                yield from values(shape.members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        for index, inner in enumerate(value):
            yield from values(shape.member, inner, f"{path}[{index}]")
    elif shape.type_name == "map":
        for name, inner in value.items():
            yield shape.key, name, f"{path}.{name} (key)"
            yield from values(shape.value, inner, f"{path}.{name}")


def fault(shape, value):
    size = value if shape.type_name in ("integer", "long", "float", "double") else len(value) if hasattr(value, "__len__") else None
    bounds = shape.metadata
    if size is not None and not bounds.get("min", size) <= size <= bounds.get("max", size):
        return f"{size} is not {bounds.get('min')} to {bounds.get('max')}"
    if getattr(shape, "enum", None) and value not in shape.enum:
        return f"{value} is none of the values"
    # Of Unicode's classes Python knows letters, digits and spaces by other names.
    pattern = bounds.get("pattern", "").replace(r"\p{L}\p{Z}\p{N}_", r"\w\s")
    if "pattern" in bounds and isinstance(value, str) and not re.fullmatch(pattern, value):
        return f"{value} is not of the form {bounds['pattern']}"
    return None


def main():
    model = boto3.client("sagemaker", region_name="eu-west-1").meta.service_model
    faults = []
    for one in json.load(sys.stdin):
        shape = model.operation_model(one["operation"]).input_shape
        report = ParamValidator().validate(one["request"], shape)
        if report.has_errors():
            faults.append(f"{one['name']}: {report.generate_report()}")
            continue
        for inner, value, path in values(shape, one["request"], one["name"]):
            found = fault(inner, value)
            if found:
                faults.append(f"{path}: {found}")
    print(json.dumps(faults))


if __name__ == "__main__":
    main()
