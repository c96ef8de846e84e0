#!/usr/bin/env python3
"""TensorFlow on the CPU, through Keras 3, as a peer of the bench.

Speaks JSON lines (see ../contestants.mjs). It is given every advantage of an ordinary program: the batch already lies in
tensors, and a whole training step is one graph (tf.function). TensorFlow fixes its threads when it starts, so each number
of threads has a process of its own.
"""
import json
import math
import os
import pathlib
import subprocess
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

NETWORKS = json.loads((pathlib.Path(__file__).parent.parent / "networks.json").read_text())
SYSTEM = "tensorflow"


def build(network):
    import keras
    from keras import layers

    def norm(convolution):
        return [convolution, layers.BatchNormalization(), layers.ReLU(6)]

    def depthwise(strides):
        return layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)

    same = {"padding": "same"}
    makers = {
        "conv": lambda filters, strides: [layers.Conv2D(filters, 3, activation="relu", **same)],
        "separable": lambda filters, strides: [layers.SeparableConv2D(filters, 3, activation="relu", **same)],
        "convNorm": lambda filters, strides: norm(
            layers.Conv2D(filters, 3, strides=strides, use_bias=False, **same)
        ),
        "separableNorm": lambda filters, strides: norm(depthwise(strides))
        + norm(layers.Conv2D(filters, 1, use_bias=False)),
        "pool": lambda size, strides: [
            layers.GlobalAveragePooling2D() if size == "global" else layers.MaxPooling2D(size)
        ],
        "dense": lambda units, strides: [layers.Flatten(), layers.Dense(units)],
    }
    stack = [keras.Input(network["input"])]
    for layer in network["layers"]:
        kind, size = next(iter(layer.items()))
        stack += makers[kind](size, layer.get("stride", 1))
    return keras.Sequential(stack)


class Runner:
    """One network with its optimizer and its batches."""

    def __init__(self, model):
        import keras
        import tensorflow as tf

        self.tf = tf
        tf.random.set_seed(0)
        self.input = NETWORKS[model]["input"]
        net = build(NETWORKS[model])
        optimizer = keras.optimizers.Adam()
        optimizer.build(net.trainable_variables)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.batches = {}

        @tf.function
        def step(images, labels):
            with tf.GradientTape() as tape:
                value = loss(labels, net(images, training=True))
            optimizer.apply(tape.gradient(value, net.trainable_variables))
            return value

        @tf.function
        def infer(images, _):
            return net(images, training=False)

        self.calls = {"step": step, "infer": infer}

    def batch(self, size):
        if size not in self.batches:
            images = self.tf.random.uniform([size, *self.input])
            self.batches[size] = images, self.tf.random.uniform([size], 0, 10, self.tf.int32)
        return self.batches[size]

    def measure(self, request):
        call = self.calls[request["cmd"]]
        batch = self.batch(request["batch"])
        start = time.perf_counter()
        for _ in range(request["count"]):
            result = call(*batch)
        result.numpy()
        return 1000 * (time.perf_counter() - start) / request["count"]


def serve(threads):
    """Measures on so many threads, request by request."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    runners = {}
    for line in sys.stdin:
        request = json.loads(line)
        if request["model"] not in runners:
            runners[request["model"]] = Runner(request["model"])
        print(json.dumps({"ms": runners[request["model"]].measure(request)}), flush=True)


def hello():
    import keras
    import tensorflow as tf

    return {
        "version": f"{tf.__version__} with Keras {keras.__version__}",
        "systems": [{"name": SYSTEM, "tasks": ["step", "infer"]}],
    }


def params():
    nets = {model: build(net) for model, net in NETWORKS.items()}
    return {model: sum(math.prod(w.shape) for w in net.trainable_weights) for model, net in nets.items()}


def start(threads):
    command = [sys.executable, __file__, "--threads", str(threads)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def main():
    print(json.dumps(hello() if "--again" in sys.argv else {**hello(), "params": params()}), flush=True)
    servers = {}
    for line in sys.stdin:
        threads = json.loads(line)["threads"]
        if threads not in servers:
            servers[threads] = start(threads)
        server = servers[threads]
        server.stdin.write(line)
        server.stdin.flush()
        answer = server.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process with {threads} threads ended")
        print(answer, end="", flush=True)


if __name__ == "__main__":
    if "--threads" in sys.argv:
        serve(int(sys.argv[-1]))
    else:
        main()
