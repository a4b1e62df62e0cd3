"""Makes a tiny RoBERTa-like sentiment classifier in ONNX form, and scores texts with it in numpy alone.

Input, JSON on stdin: folder; config, laid over the model's configuration; models, a list of {file, seed, outputs,
broken}; texts. Output: for each model its probabilities of each text, in the order of the logits.

Tokens are the bytes of the text between <s> and </s>, as a byte-level BPE without merges has them. The classifier adds
the embeddings of tokens and of positions (counted from behind the padding token, over a table that ends), takes the
mean over what the mask leaves, and goes through one tanh layer to the logits.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
POSITIONS = 34
PAD = 1
WIDTH = 8


def main():
    request = json.load(sys.stdin)
    folder = Path(request["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    write_tokenizer(folder)
    write_config(folder, request.get("config", {}))
    scores = []
    for model in request["models"]:
        weights = draw_weights(model["seed"], model.get("outputs", 3), model.get("broken", False))
        path = folder / model["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(make_graph(weights), path)
        scores.append([] if model.get("broken") else [score(weights, text) for text in request.get("texts", [])])
    json.dump(scores, sys.stdout)


def byte_symbols():
    """The printable character that stands for each byte in a byte-level vocabulary: itself, or one from U+0100 on."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    symbols = {byte: chr(byte) for byte in plain}
    symbols.update({byte: chr(256 + index) for index, byte in enumerate(others)})
    return [symbols[byte] for byte in range(256)]


def write_tokenizer(folder):
    vocabulary = {token: index for index, token in enumerate([*SPECIALS, *byte_symbols()])}
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": index, "content": token, **special} for index, token in enumerate(SPECIALS)],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": {
            "type": "RobertaProcessing",
            "sep": ["</s>", 2],
            "cls": ["<s>", 0],
            "trim_offsets": True,
            "add_prefix_space": False,
        },
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "vocab": vocabulary,
            "merges": [],
        },
    }
    names = dict(zip(["bos_token", "pad_token", "eos_token", "unk_token", "mask_token"], SPECIALS))
    config = {"tokenizer_class": "RobertaTokenizer", "cls_token": "<s>", "sep_token": "</s>", **names}
    write_json(folder / "tokenizer.json", tokenizer)
    write_json(folder / "tokenizer_config.json", config)


def write_config(folder, changes):
    config = {
        "architectures": ["RobertaForSequenceClassification"],
        "model_type": "roberta",
        "hidden_size": WIDTH,
        "num_attention_heads": 1,
        "num_hidden_layers": 1,
        "pad_token_id": PAD,
        "max_position_embeddings": POSITIONS,
        "vocab_size": len(SPECIALS) + 256,
        "id2label": {"0": "negative", "1": "neutral", "2": "positive"},
    }
    write_json(folder / "config.json", {**config, **changes})


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def draw_weights(seed, outputs, broken):
    generator = np.random.default_rng(seed)
    draw = lambda *shape: generator.normal(size=shape).astype(np.float32)
    head = draw(WIDTH, outputs) * 2
    return {
        "tokens": draw(len(SPECIALS) + 256, WIDTH),
        "positions": draw(POSITIONS, WIDTH),
        "dense": draw(WIDTH, WIDTH),
        "head": head * np.float32(np.nan) if broken else head,
        "bias": draw(outputs) / 4,
    }


def make_graph(weights):
    numbers = {"axis": [1], "axis_scalar": 1, "last": [-1], "pad": PAD}
    constants = {**weights, **{name: np.array(value, np.int64) for name, value in numbers.items()}}
    nodes = [
        ("Gather", ["tokens", "input_ids"], "token"),
        ("CumSum", ["attention_mask", "axis_scalar"], "counted"),
        ("Mul", ["counted", "attention_mask"], "masked"),
        ("Add", ["masked", "pad"], "position_ids"),
        ("Gather", ["positions", "position_ids"], "position"),
        ("Add", ["token", "position"], "embedded"),
        ("Cast", ["attention_mask"], "mask"),
        ("Unsqueeze", ["mask", "last"], "mask_column"),
        ("Mul", ["embedded", "mask_column"], "kept"),
        ("ReduceSum", ["kept", "axis"], "total"),
        ("ReduceSum", ["mask_column", "axis"], "count"),
        ("Div", ["total", "count"], "mean"),
        ("MatMul", ["mean", "dense"], "hidden"),
        ("Tanh", ["hidden"], "active"),
        ("MatMul", ["active", "head"], "projected"),
        ("Add", ["projected", "bias"], "logits"),
    ]
    inputs = ["input_ids", "attention_mask"]
    attributes = {"Cast": {"to": TensorProto.FLOAT}, "ReduceSum": {"keepdims": 0}}
    graph = helper.make_graph(
        [helper.make_node(kind, takes, [gives], **attributes.get(kind, {})) for kind, takes, gives in nodes],
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"]) for name in inputs],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", weights["bias"].shape[0]])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def score(weights, text):
    """Probabilities of one text in double precision, with nothing of ONNX and no tokenizer."""
    room = POSITIONS - PAD - 1 - 2
    ids = [0, *(len(SPECIALS) + byte for byte in text.encode()[:room]), 2]
    rows = [weights["tokens"][one].astype(float) + weights["positions"][PAD + 1 + at] for at, one in enumerate(ids)]
    active = np.tanh(np.mean(rows, axis=0) @ weights["dense"].astype(float))
    logits = active @ weights["head"].astype(float) + weights["bias"]
    exponentials = np.exp(logits - logits.max())
    return (exponentials / exponentials.sum()).tolist()


main()
