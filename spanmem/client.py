"""Asks a memory: of this process, or behind a running service.

from spanmem.client import connect

client = connect(url="http://127.0.0.1:8477", api_key=key)
print(client.ask("How long is the warranty?")["text"])
"""

from .apps.client.connect import connect
from .apps.client.http import HttpClient
from .apps.client.local import LocalClient
from .apps.client.prompts import ABSTAINED, ASK, quoted
from .apps.client.protocol import Client

__all__ = ["ABSTAINED", "ASK", "Client", "HttpClient", "LocalClient", "connect", "quoted"]
