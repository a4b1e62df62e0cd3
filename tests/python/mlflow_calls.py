"""The name that MLflow gives each call of its REST API: {"POST /mlflow/runs/create": "createRun", ...}, read from its own definition."""

import json

from mlflow.protos import databricks_pb2, model_registry_pb2, service_pb2

SERVICES = [
    service_pb2.DESCRIPTOR.services_by_name["MlflowService"],
    model_registry_pb2.DESCRIPTOR.services_by_name["ModelRegistryService"],
]

calls = {}
for service in SERVICES:
    for method in service.methods:
        for endpoint in method.GetOptions().Extensions[databricks_pb2.rpc].endpoints:
            calls[f"{endpoint.method} {endpoint.path}"] = method.name
print(json.dumps(calls))
