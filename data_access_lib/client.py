"""The doors to tenant data: a table, a transaction and a bucket, each bound to one tenant."""

from data_access_lib.bucket import ObjectInfo, ObjectPage, StoredObject, TenantScopedBucket
from data_access_lib.table import BoundedReader, BoundedTable, Page, TenantScopedTable
from data_access_lib.transaction import TenantTransaction

__all__ = [
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
