#!/usr/bin/env python3
"""PyTorch on the CPU as a peer of the bench, in both memory layouts.

Speaks JSON lines (see ../contestants.mjs): says what it is, then answers each request with milliseconds a call.
It is given every advantage of an ordinary eager PyTorch program: the batch already lies in the layout of the
weights, gradients are set to None, denormal numbers are flushed.
"""
import json
import math
import pathlib
import re
import sys
import time

import torch
from torch import nn

NETWORKS = json.loads((pathlib.Path(__file__).parent.parent / "networks.json").read_text())
LAYOUTS = {"torch-channels-last": torch.channels_last, "torch-contiguous": torch.contiguous_format}


def build(network):
    height, width, channels = network["input"]
    layers = []
    for layer in network["layers"]:
        kind, size = next(iter(layer.items()))
        stride = layer.get("stride", 1)
        if kind == "pool":
            everything = size == "global"
            layers.append(nn.AdaptiveAvgPool2d(1) if everything else nn.MaxPool2d(size))
            height, width = (1, 1) if everything else (height // size, width // size)
        elif kind == "dense":
            layers += [nn.Flatten(), nn.Linear(height * width * channels, size)]
        else:
            layers += CONVOLUTIONS[kind](channels, size, stride)
            channels, height, width = size, math.ceil(height / stride), math.ceil(width / stride)
    return nn.Sequential(*layers)


def depthwise(channels, stride):
    return nn.Conv2d(channels, channels, 3, stride=stride, padding=1, groups=channels, bias=False)


def norm(convolution):
    """Batch normalisation and ReLU6, as in Keras: momentum counts what stays there and what comes here."""
    return [convolution, nn.BatchNorm2d(convolution.out_channels, eps=1e-3, momentum=0.01), nn.ReLU6(inplace=True)]


CONVOLUTIONS = {
    "conv": lambda channels, filters, stride: [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()],
    "separable": lambda channels, filters, stride: [
        depthwise(channels, stride),
        nn.Conv2d(channels, filters, 1),
        nn.ReLU(),
    ],
    "convNorm": lambda channels, filters, stride: norm(
        nn.Conv2d(channels, filters, 3, stride=stride, padding=1, bias=False)
    ),
    "separableNorm": lambda channels, filters, stride: norm(depthwise(channels, stride))
    + norm(nn.Conv2d(channels, filters, 1, bias=False)),
}


class Runner:
    """One network in one layout, with its optimizer and its batches."""

    def __init__(self, model, layout):
        torch.manual_seed(0)
        self.layout = layout
        self.input = NETWORKS[model]["input"]
        self.net = build(NETWORKS[model]).to(memory_format=layout)
        self.optimizer = torch.optim.Adam(self.net.parameters())
        self.loss = nn.CrossEntropyLoss()
        self.batches = {}

    def batch(self, size):
        if size not in self.batches:
            height, width, channels = self.input
            images = torch.rand(size, channels, height, width).to(memory_format=self.layout)
            self.batches[size] = images, torch.randint(0, 10, (size,))
        return self.batches[size]

    def step(self, size):
        images, labels = self.batch(size)
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.net(images), labels).backward()
        self.optimizer.step()

    def infer(self, size):
        images, _ = self.batch(size)
        with torch.no_grad():
            self.net(images)


def measure(runner, request):
    if torch.get_num_threads() != request["threads"]:
        torch.set_num_threads(request["threads"])
    runner.net.train(request["cmd"] == "step")
    call = {"step": runner.step, "infer": runner.infer}[request["cmd"]]
    runner.batch(request["batch"])
    start = time.perf_counter()
    for _ in range(request["count"]):
        call(request["batch"])
    return 1000 * (time.perf_counter() - start) / request["count"]


def hello():
    capability = re.search(r"CPU capability usage: (\w+)", torch.__config__.show())
    return {
        "version": f"{torch.__version__}, {capability.group(1) if capability else 'unknown capability'}",
        "systems": [{"name": name, "tasks": ["step", "infer"]} for name in LAYOUTS],
    }


def params():
    return {model: sum(p.numel() for p in build(net).parameters()) for model, net in NETWORKS.items()}


def main():
    torch.set_flush_denormal(True)
    print(json.dumps(hello() if "--again" in sys.argv else {**hello(), "params": params()}), flush=True)
    runners = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = request["model"], request["system"]
        if key not in runners:
            runners[key] = Runner(request["model"], LAYOUTS[request["system"]])
        print(json.dumps({"ms": measure(runners[key], request)}), flush=True)


if __name__ == "__main__":
    main()
