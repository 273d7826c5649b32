"""Files as the API shows and takes them."""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from platform_kit.models import ApiModel, ApiReply

MAX_BYTES: Final = 1024**3
_FORBIDDEN: Final = frozenset('/\\:*?"<>|')


def _plain_name(value: str) -> str:
    if set(value) <= {".", " "}:
        raise ValueError("needs more than dots and spaces")
    if _FORBIDDEN & set(value) or any(unicodedata.category(char)[0] == "C" for char in value):
        raise ValueError('a plain file name: no path, no control character, none of / \\ : * ? " < > |')
    return value


FileName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain_name)]
ContentType = Annotated[
    str,
    Field(
        max_length=100,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*(?:; ?charset=[A-Za-z0-9_-]+)?$",
        description="A media type, such as `text/csv`.",
    ),
]


class CreateFile(ApiModel):
    """A file about to be uploaded: the upload must have exactly this type and this many bytes."""

    name: FileName
    content_type: ContentType
    bytes: int = Field(ge=1, le=MAX_BYTES, strict=True)
    upload_headers: Annotated[
        bool,
        Field(
            strict=True,
            description="The PUT will carry what `uploadHeaders` of the reply holds. With that, storage encrypts the "
            "file with the tenant's own key, where it has one; without, with the platform's.",
        ),
    ] = False


class UploadReply(ApiReply):
    """Where to PUT the bytes, with the `Content-Type` that was declared, before `expiresAt`.

    `uploadHeaders` are the headers that the PUT must carry, no more and no other, beside its length.
    """

    file_id: str
    key: str
    upload_url: str
    upload_headers: dict[str, str]
    expires_at: str


class FileReply(ApiReply):
    """A file's record. `downloadUrl` is there for one file that has been uploaded."""

    file_id: str
    name: str
    content_type: str
    bytes: int
    created_by: str
    created_at: str
    download_url: str | None = None
    expires_at: str | None = None


class FilePage(ApiReply):
    """Part of the list of files, newest first."""

    items: list[FileReply]
    next_cursor: str | None = None
