import subprocess
import sys

from data_access_lib import client


def test_the_public_surface_is_what_is_exported() -> None:
    assert sorted(client.__all__) == [
        "BoundedReader",
        "BoundedTable",
        "ObjectInfo",
        "ObjectPage",
        "Page",
        "StoredObject",
        "TenantScopedBucket",
        "TenantScopedTable",
        "TenantTransaction",
    ]
    assert all(hasattr(client, name) for name in client.__all__)


def test_importing_the_library_imports_no_aws_sdk() -> None:
    modules = "client admin sessions cursors repositories.runs repositories.idempotency repositories.budgets".split()  # noqa: SIM905
    imports = ", ".join(f"data_access_lib.{module}" for module in modules)
    code = f"import sys, {imports}; sys.exit(any(m.split('.')[0] in ('boto3', 'botocore') for m in sys.modules))"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
