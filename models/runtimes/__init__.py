"""How models are run: token ids, mask and types in, arrays out, whatever computes them.

`protocol.py` says what a runtime is and `contract.py` what each must pass; `registry.py` opens a
model with one of the backends: `torch_bert.py`, `transformers.py`, `openvino_bert.py`,
`onnxruntime_bert.py`; `choice.py` measures which is quickest.
"""
