"""What int8 needs to know of a BERT: how far its linear layers' inputs reach, and what it costs.

Measured once on real passages (`training/quantization.py`) and kept beside the weights, since no
engine can know it by itself. Channels that reach further than others are first divided by a factor
that the weights take over (Xiao et al. 2023, "SmoothQuant").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core import files
from ...core.errors import ModelError, first_line

__all__ = [
    "LINEAR_LAYERS",
    "MOST_LOSS",
    "QUANTIZATION_FILE",
    "LayerRange",
    "Quantization",
    "layer_name",
    "quantized_range",
]

LINEAR_LAYERS = ("query_key_value", "attention_output", "intermediate", "output")
"""The linear parts of a layer, by their names in `torch_bert`."""
QUANTIZATION_FILE = "quantization.json"
"""No safetensors: all of those are an encoder's weights, and count for its name."""
MOST_LOSS = 0.3
"""Points of F1, or of recall@5, that int8 may cost where it is taken without being asked for."""
_FORMAT = 1
_STEPS = 255


@dataclass(frozen=True, slots=True)
class LayerRange:
    """The input of one linear layer, as seen on real passages."""

    low: float
    """Least value after `smoothing`; what is beyond it is cut."""
    high: float
    smoothing: NDArray[np.float32]
    """What each channel is divided by, and the weights of that channel multiplied; (channels,)."""


@dataclass(frozen=True, slots=True)
class Quantization:
    """The ranges of all linear layers that int8 computes; others stay as they are."""

    layers: Mapping[str, LayerRange]
    """By `layer_name`."""
    loss: float | None = None
    """Points that int8 was measured to cost, with weights of seven bits; None: not measured."""
    weight_bits: int = 8
    """Seven where products of eight bits could overflow: see `cpu.has_exact_int8`."""

    @property
    def is_cheap(self) -> bool:
        """Whether it was measured to cost no more than `MOST_LOSS`."""
        return self.loss is not None and self.loss <= MOST_LOSS

    @classmethod
    def load(cls, folder: Path, *, weights: str) -> Quantization | None:
        """What lies beside a model's weights; None: nothing, or what belongs to other weights.

        `weights` is their fingerprint. Raises ModelError for a file that cannot be read.
        """
        path = folder / QUANTIZATION_FILE
        if not path.is_file():
            return None
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            if facts["format"] != _FORMAT or facts["weights"] != weights:
                return None
            layers: dict[str, LayerRange] = {}
            for name, layer in facts["layers"].items():
                smoothing = np.array(layer["smoothing"], np.float32)
                layers[name] = LayerRange(float(layer["low"]), float(layer["high"]), smoothing)
            loss = facts["loss"]
            return cls(layers, None if loss is None else float(loss))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"{path} cannot be read ({first_line(error)}); fetch the model again, or remove "
                "the file to compute without int8"
            ) from error

    def save(self, folder: Path, *, weights: str) -> None:
        """Write it beside the weights with this fingerprint. Raises StorageError."""
        layers = {
            name: {
                "low": float(f"{layer.low:.6g}"),
                "high": float(f"{layer.high:.6g}"),
                "smoothing": [float(f"{factor:.4g}") for factor in layer.smoothing],
            }
            for name, layer in self.layers.items()
        }
        facts = {"format": _FORMAT, "weights": weights, "loss": self.loss, "layers": layers}
        files.save(folder / QUANTIZATION_FILE, json.dumps(facts, separators=(",", ":")) + "\n")


def layer_name(number: int, part: str) -> str:
    """What a linear part of the layer `number`, from 0, is called here and in the graph."""
    return f"layer.{number}.{part}"


def quantized_range(low: float, high: float) -> tuple[float, int]:
    """Scale and zero point of eight bits over a range; zero itself is among what they tell."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = max((high - low) / _STEPS, 1e-8)
    return scale, min(_STEPS, max(0, round(-low / scale)))
