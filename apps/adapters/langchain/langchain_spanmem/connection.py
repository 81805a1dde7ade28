"""What retriever, tool and runnable have in common: where the memory is."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr

from spanmem.client import Client, connect


class Connection(BaseModel):
    """Fields that name a memory: of this process, or behind a service.

    It is opened when the object is made, so that what is wrong with it is told then: raises the
    errors of `spanmem.client.connect`, all of them SpanMemError.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    memory: Any = Field(default=None, exclude=True)
    """Folder, store or `spanmem.QA`; with `url` a name, or nothing where the key sees but one."""
    url: str | None = None
    """Address of a running service; None: the memory is opened in this process."""
    api_key: SecretStr | None = None
    """Key for the service; None: the environment variable SPANMEM_API_KEY."""
    settings: Any = Field(default=None, exclude=True)
    """`spanmem.Settings` of a memory in this process."""

    _client: Client = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Open the memory."""
        super().model_post_init(context)
        self._client = connect(
            self.memory,
            url=self.url,
            api_key=None if self.api_key is None else self.api_key.get_secret_value(),
            settings=self.settings,
        )

    def close(self) -> None:
        """Let go of the memory, if it was opened here."""
        self._client.close()
