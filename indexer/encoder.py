"""The encoders under the name of release 0.1.0, for programs written for it; they are in
`encoders`."""

from .encoders.encoder import Encoder, passage_text
from .encoders.hashed import HashEncoder
from .encoders.sentence import SentenceEncoder

__all__ = ["Encoder", "HashEncoder", "SentenceEncoder", "passage_text"]
