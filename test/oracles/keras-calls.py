"""Keras as an oracle: answers calls that come as lines of JSON. Arrays travel as {"dtype", "shape", "base64"}."""

import base64
import inspect
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import h5py
import keras
import keras_networks
import numpy

if keras.backend.backend() == "tensorflow":
    import tensorflow

    # Everything here runs once: compiling it would take most of the time.
    tensorflow.config.run_functions_eagerly(True)

CALLS = {}


def call(function):
    CALLS[function.__name__] = function
    return function


# ------------------------------------------------------------------------------ models in files


@call
def train_from_file(path, x, y, steps, copies=(), weights=None):
    """
    Loads a model; what it predicts, what each step of training logs, what it predicts then. Copies are saved last. Weights
    and the optimizer's values may be those of another file.
    """
    model = load(path)
    if weights is not None:
        model.load_weights(weights)
    return train(model, x, y, steps, copies)


@call
def make_files(network, optimizer, options, x, y, paths):
    """
    Files of a network of Keras's own after a step of training, or of none: what it predicts, what after one more step, and
    which files Keras fails to write, with its reason.
    """
    net = keras_networks.build(network, x, optimizer, options)
    if y is not None:
        train_step(net, x, y)
    written = {path: outcome(save_well, net=net, path=path, x=x) for path in paths}
    failed = {path: result["refused"] for path, result in written.items() if result}
    return {"version": keras.__version__, "failed": failed, **train(net, x, y, steps=0 if y is None else 1, copies=[])}


def save_well(net, path, x):
    """Fails, too, when Keras itself reads another network from the file; some of its own it cannot read at all."""
    save(net, [path])
    back = None if path.endswith(".weights.h5") else outcome(keras.saving.load_model, filepath=path, compile=False)
    if isinstance(back, keras.Model):
        for wanted, found in zip(predictions(net, x), predictions(back, x)):
            numpy.testing.assert_allclose(found, wanted, atol=1e-4)


def load(path):
    model = keras.saving.load_model(path)
    if path.endswith(".h5"):
        # Keras 3 builds the optimizer of such a file for no weights, so that it could not go on.
        model.compile_from_config(model.get_compile_config())
        model.optimizer.build(model.trainable_variables)
        with h5py.File(path) as file:
            group = file["optimizer_weights"]
            model.optimizer.set_weights([group[name][()] for name in group.attrs["weight_names"]])
    return model


def train_step(model, x, y):
    model.reset_metrics()
    return {name: float(value) for name, value in model.train_on_batch(x, y, return_dict=True).items()}


def train(model, x, y, steps, copies):
    before = predictions(model, x)
    logs = [train_step(model, x, y) for _ in range(steps)]
    after = predictions(model, x)
    save(model, copies)
    return {"before": before, "logs": logs, "after": after, "weights": weights_of(model)}


def save(model, paths):
    for path in paths:
        model.save_weights(path) if path.endswith(".weights.h5") else model.save(path)


def weights_of(model):
    return [numpy.asarray(weight, "float32") for weight in model.get_weights()]


def predictions(model, x):
    outputs = model.predict_on_batch(x)
    return outputs if isinstance(outputs, list) else [outputs]


# ------------------------------------------------------------------------------ training


@call
def fit_file(path, x, y, options):
    """The history of a model's fit, in the order of the examples, and the weights in the end."""
    model = load(path)
    if "class_weight" in options:
        options["class_weight"] = {int(key): value for key, value in options["class_weight"].items()}
    history = model.fit(x, y, shuffle=False, verbose=0, **options).history
    return {"history": history, "weights": weights_of(model)}


@call
def evaluate_file(path, x, y, batch_size):
    return load(path).evaluate(x, y, batch_size=batch_size, verbose=0, return_dict=True)


@call
def rates_of_file(path, steps):
    schedule = load(path).optimizer._learning_rate
    return [float(schedule(step)) for step in steps]


# ------------------------------------------------------------------------------ weights


@call
def first_values(config, shape):
    """What an initializer makes of a shape."""
    return numpy.asarray(keras.initializers.deserialize(config)(shape))


@call
def take_steps(config, start, gradients):
    """The weights after each step of an optimizer, whose config is JSON and whose gradients are given."""
    optimizer = keras.saving.deserialize_keras_object(json.loads(config))
    weights = [keras.Variable(values) for values in start]
    optimizer.build(weights)
    steps = []
    for step in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient) for gradient in step], weights)
        steps.append([numpy.array(weight) for weight in weights])
    return steps


# ------------------------------------------------------------------------------ arguments

MODULES = {
    "losses": keras.losses,
    "metrics": keras.metrics,
    "optimizers": keras.optimizers,
    "schedules": keras.optimizers.schedules,
    "callbacks": keras.callbacks,
}


@call
def arguments():
    """For each class of a module its arguments: a list of the default, which is empty when there is none."""
    return {kind: dict(map(signature, classes(module))) for kind, module in MODULES.items()}


def classes(module):
    return [value for _, value in inspect.getmembers(module, inspect.isclass)]


def signature(cls):
    _, *parameters = inspect.signature(cls.__init__).parameters.values()
    named = [each for each in parameters if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
    return cls.__name__, {each.name: [] if each.default is each.empty else [each.default] for each in named}


# ------------------------------------------------------------------------------ layers


@call
def apply_layers(cases):
    """For each case what the layer makes of its inputs, or why it refuses."""
    return [outcome(apply_layer, **case) for case in cases]


def apply_layer(config, inputs, weights):
    layer = keras.layers.deserialize(config)
    symbols = [keras.Input(x.shape[1:]) for x in inputs]
    layer(symbols if len(symbols) > 1 else symbols[0])
    layer.set_weights(weights)
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()
    training = {"training": False} if "training" in inspect.signature(layer.call).parameters else {}
    return {"output": layer(inputs if len(inputs) > 1 else inputs[0], **training)}


def outcome(function, **arguments):
    try:
        return function(**arguments)
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"}


# ------------------------------------------------------------------------------ the wire


def decode(value):
    if "base64" not in value:
        return value
    return numpy.frombuffer(base64.b64decode(value["base64"]), value["dtype"]).reshape(value["shape"])


def encode(value):
    if isinstance(value, numpy.generic):
        return value.item()
    array = numpy.asarray(value)
    if array.dtype == "float64":
        array = array.astype("float32")
    return {"dtype": str(array.dtype), "shape": array.shape, "base64": base64.b64encode(array.tobytes()).decode()}


def answer(line):
    request = json.loads(line, object_hook=decode)
    try:
        return {"value": CALLS[request["call"]](**request["arguments"])}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def serve():
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        print(json.dumps(answer(line), default=encode), file=answers, flush=True)


serve()
