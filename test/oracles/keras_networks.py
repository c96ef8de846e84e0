"""Networks as users of Keras write them, with all layers that this library has, for files that Keras itself makes."""

import keras
import numpy
from keras import layers

NETWORKS = {}


def network(function):
    NETWORKS[function.__name__] = function
    return function


@network
def stack():
    """The oldest way to write a network: the first layer says the shape of pictures."""
    net = keras.Sequential(name="stack")
    initializer = keras.initializers.HeNormal(seed=1)
    net.add(layers.Conv2D(4, (3, 3), padding="same", kernel_initializer=initializer, input_shape=(12, 12, 3)))
    net.add(layers.BatchNormalization())
    net.add(layers.Activation("relu"))
    net.add(layers.MaxPooling2D((2, 2)))
    net.add(layers.SeparableConv2D(6, 3, activation="swish", depth_multiplier=2, depthwise_regularizer="l2"))
    net.add(layers.AveragePooling2D(2, padding="same"))
    net.add(layers.Dropout(0.0))
    net.add(layers.Flatten())
    net.add(layers.Dense(5, activation="gelu", bias_initializer=keras.initializers.Constant(0.1)))
    net.add(layers.Dense(3, activation="softmax"))
    return net


@network
def late():
    """Its shapes are known with the first pictures, not before."""
    return keras.Sequential(
        [
            layers.Rescaling(1 / 2, offset=0.1),
            layers.Conv2D(4, 3, strides=2, activation=keras.activations.elu),
            layers.GlobalAveragePooling2D(keepdims=True),
            layers.Flatten(),
            layers.Dense(3, activation=keras.activations.softmax),
        ]
    )


@network
def convolutions():
    x = keras.Input((12, 12, 4))
    y = layers.Conv2D(8, 3, groups=1, dilation_rate=2, padding="same", use_bias=False)(x)
    y = layers.LeakyReLU(negative_slope=0.2)(y)
    y = layers.DepthwiseConv2D(3, strides=2, depth_multiplier=2, padding="same", activation="relu6")(y)
    y = layers.Conv2DTranspose(5, 3, strides=2, padding="same", activation="tanh")(y)
    y = layers.ZeroPadding2D(((1, 0), (2, 1)))(y)
    y = layers.SeparableConv2D(
        6,
        (3, 2),
        depthwise_initializer=keras.initializers.VarianceScaling(2.0, "fan_avg", "uniform", seed=3),
        pointwise_regularizer=keras.regularizers.L1L2(0.01, 0.02),
        bias_constraint=keras.constraints.UnitNorm(),
    )(y)
    y = layers.Cropping2D((1, 2))(y)
    y = layers.PReLU(shared_axes=[1, 2])(y)
    y = layers.GlobalMaxPooling2D()(y)
    return keras.Model(x, layers.Dense(3, activation="softmax", kernel_regularizer=keras.regularizers.L1(0.1))(y))


@network
def sequences():
    x = keras.Input((16, 3))
    y = layers.Conv1D(6, 3, padding="causal", activation="relu")(x)
    y = layers.SeparableConv1D(5, 3, padding="same", activation="selu")(y)
    y = layers.DepthwiseConv1D(3, padding="same")(y)
    y = layers.MaxPooling1D(2)(y)
    y = layers.UpSampling1D(2)(y)
    y = layers.ZeroPadding1D(1)(y)
    y = layers.AveragePooling1D(2)(y)
    y = layers.GlobalAveragePooling1D()(y)
    return keras.Model(x, layers.Dense(3, activation="softmax")(y))


@network
def shapes():
    x = keras.Input((8, 6, 4), name="pictures")
    y = layers.UpSampling2D(2, interpolation="bilinear")(x)
    y = layers.UpSampling2D((1, 2))(y)
    y = layers.Resizing(10, 9)(y)
    y = layers.Permute((2, 1, 3))(y)
    y = layers.Reshape((9, 5, 8))(y)
    y = layers.Conv2D(4, 3)(y)
    y = layers.ReLU(max_value=6.0, negative_slope=0.1, threshold=0.0)(y)
    y = layers.ELU(alpha=0.7)(y)
    y = layers.Softmax(axis=-1)(y)
    y = layers.Flatten()(y)
    return keras.Model(x, layers.Dense(3, activation="softmax", name="label")(y))


@network
def norms():
    norm = layers.Normalization(axis=-1, mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])
    x = keras.Input((8, 8, 3))
    y = layers.Conv2D(8, 3, activation="relu")(norm(x))
    y = layers.LayerNormalization(epsilon=1e-4)(y)
    y = layers.GroupNormalization(groups=4)(y)
    y = layers.BatchNormalization(momentum=0.9, scale=False)(y)
    y = layers.GaussianNoise(0.0)(y)
    y = layers.SpatialDropout2D(0.0)(y)
    y = layers.GlobalAveragePooling2D()(y)
    return keras.Model(x, layers.Dense(3, activation="softmax")(y))


@network
def merges():
    x = keras.Input((8, 8, 4))
    a = layers.Conv2D(4, 3, padding="same", activation="relu", name="a")(x)
    b = layers.Conv2D(4, 1, activation="sigmoid", name="b")(x)
    parts = [layers.Add(), layers.Subtract(), layers.Multiply(), layers.Average(), layers.Maximum(), layers.Minimum()]
    y = layers.Concatenate()([part([a, b]) for part in parts])
    y = layers.add([y, layers.Conv2D(24, 1)(x)])
    y = layers.GlobalAveragePooling2D()(y)
    return keras.Model(x, layers.Dense(3, activation="softmax")(y))


@network
def wired():
    """Several inputs and outputs, a layer twice, networks within."""
    pictures, features = keras.Input((8, 8, 3), name="pictures"), keras.Input((4,), name="features")
    again = layers.DepthwiseConv2D(3, padding="same", name="again", activation="tanh")
    inner = keras.Input((8, 8, 3))
    tower = keras.Model(inner, layers.Conv2D(3, 3, padding="same", name="conv")(inner), name="tower")
    y = tower(again(again(pictures)))
    y = layers.Add()([y, tower(pictures)])
    top = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.GlobalMaxPooling2D()], name="top")
    joined = layers.Concatenate(axis=-1)([top(y), layers.Dense(3)(features)])
    label = layers.Dense(3, activation="softmax", name="label")(joined)
    return keras.Model([pictures, features], [label, layers.Dense(1, name="size")(joined)], name="wired")


@network
def named():
    """Inputs and outputs in a dictionary."""
    inputs = {"left": keras.Input((6, 6, 2), name="left"), "right": keras.Input((6, 6, 2), name="right")}
    shared = layers.Conv2D(3, 3, activation="relu")
    y = layers.Concatenate()([shared(inputs["left"]), shared(inputs["right"])])
    y = layers.GlobalAveragePooling2D()(y)
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(y))


@network
def augmented():
    """Layers that do nothing when a network predicts."""
    augmentation = keras.Sequential(
        [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.2, 0.1)], name="augmentation"
    )
    x = keras.Input((12, 12, 3))
    y = layers.RandomContrast(0.2)(layers.RandomTranslation(0.1, 0.2, fill_mode="nearest")(augmentation(x)))
    y = layers.RandomBrightness(0.1, value_range=(0, 1))(y)
    y = layers.CenterCrop(8, 8)(y)
    y = layers.Conv2D(4, 3, activation="relu")(y)
    y = layers.Dropout(0.5, seed=3)(layers.Flatten()(y))
    return keras.Model(x, layers.Dense(3, activation="softmax")(y))


@network
def functions():
    x = keras.Input((8, 8, 3))
    y = layers.SeparableConv2D(6, 3, padding="same")(x / 127.5 - 1.0)
    y = keras.ops.silu(y) * 0.5 + keras.ops.relu6(y)
    y = 1.0 - keras.ops.tanh(y) * keras.ops.sigmoid(y)
    y = layers.GlobalAveragePooling2D()(y)
    return keras.Model(x, keras.ops.softmax(layers.Dense(3)(2.0 * y)))


ACTIVATIONS = "relu relu6 sigmoid hard_sigmoid tanh elu selu gelu silu softplus softsign leaky_relu exponential linear mish"


@network
def activations():
    """Names and functions, as arguments and as layers."""
    x = keras.Input((6, 6, 3))
    parts = []
    for i, name in enumerate(name for name in ACTIVATIONS.split() if hasattr(keras.activations, name)):
        given = name if i % 2 else getattr(keras.activations, name)
        parts.append(layers.Conv2D(2, 3, activation=given)(x))
        parts.append(layers.Activation(given)(layers.Conv2D(2, 3)(x)))
    y = layers.GlobalAveragePooling2D()(layers.Concatenate()(parts))
    return keras.Model(x, layers.Dense(3, activation="softmax")(y))


def application(name, size):
    return lambda: getattr(keras.applications, name)(input_shape=(size, size, 3), weights=None, classes=3)


SIZES = {
    "MobileNet": 32,
    "MobileNetV2": 32,
    "MobileNetV3Small": 32,
    "EfficientNetB0": 32,
    "ResNet50V2": 32,
    "DenseNet121": 32,
    "NASNetMobile": 32,
    "Xception": 71,
    "InceptionV3": 75,
}
NETWORKS.update({name: application(name, size) for name, size in SIZES.items()})

SCHEDULES = {
    "exponential": lambda: keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.5),
    "cosine": lambda: keras.optimizers.schedules.CosineDecay(0.0, 3, warmup_target=0.1, warmup_steps=2),
    "restarts": lambda: keras.optimizers.schedules.CosineDecayRestarts(0.01, 2),
    "piecewise": lambda: keras.optimizers.schedules.PiecewiseConstantDecay([1, 2], [0.01, 0.005, 0.001]),
    "polynomial": lambda: keras.optimizers.schedules.PolynomialDecay(0.01, 4),
    "inverse": lambda: keras.optimizers.schedules.InverseTimeDecay(0.01, 2, 0.5),
}


LOSS = "sparse_categorical_crossentropy"
COMPILED = {
    "wired": {
        "loss": {"label": LOSS, "size": keras.losses.Huber()},
        "loss_weights": {"label": 1.0, "size": 0.5},
        "metrics": {"label": ["accuracy"], "size": [keras.metrics.MeanAbsoluteError(name="mae")]},
    },
    "norms": {"loss": keras.losses.SparseCategoricalCrossentropy(from_logits=False)},
}


def optimizer_of(class_name, options):
    options = dict(options)
    rate = options.get("learning_rate")
    if rate in SCHEDULES:
        options["learning_rate"] = SCHEDULES[rate]()
    return getattr(keras.optimizers, class_name)(**options)


def build(name, x, optimizer, options):
    """Compiled, with weights that are all different: kernels about as large as they were, variances positive."""
    keras.utils.set_random_seed(1)
    net = NETWORKS[name]()
    net(x)
    random = numpy.random.default_rng(0)
    weights = [(w, 0.1 * random.standard_normal(w.shape)) for w in net.get_weights()]
    net.set_weights([w + abs(noise) if w.ndim < 2 else w * (1 + noise) for w, noise in weights])
    compiled = COMPILED.get(name, {"loss": LOSS, "metrics": ["accuracy"]})
    net.compile(optimizer=optimizer_of(optimizer, options), **compiled)
    return net
