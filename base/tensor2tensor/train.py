"""Train a small transformer to turn sequences round, a toy problem of tensor2tensor; needs no download."""

import os

import numpy as np
import tensorflow as tf

LENGTH, SYMBOLS, WIDTH = 12, 16, 32
STEPS = int(os.environ.get("STEPS", "300"))


def block(x):
    """One encoder block: attention, then a network for each position, each with its way around."""
    attended = tf.keras.layers.MultiHeadAttention(num_heads=4, key_dim=WIDTH // 4)(x, x)
    x = tf.keras.layers.LayerNormalization()(x + attended)
    hidden = tf.keras.layers.Dense(4 * WIDTH, activation="relu")(x)
    return tf.keras.layers.LayerNormalization()(x + tf.keras.layers.Dense(WIDTH)(hidden))


def transformer():
    """Give the model: symbols and positions in, a symbol for each position out."""
    symbols = tf.keras.Input((LENGTH,), dtype="int32")
    positions = tf.keras.Input((LENGTH,), dtype="int32")
    x = tf.keras.layers.Embedding(SYMBOLS, WIDTH)(symbols) + tf.keras.layers.Embedding(LENGTH, WIDTH)(positions)
    return tf.keras.Model([symbols, positions], tf.keras.layers.Dense(SYMBOLS)(block(block(x))))


random = np.random.default_rng(0)
sequences = random.integers(0, SYMBOLS, (32 * STEPS, LENGTH), dtype="int32")
places = np.tile(np.arange(LENGTH, dtype="int32"), (len(sequences), 1))
model = transformer()
loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer=tf.keras.optimizers.Adam(3e-3), loss=loss, metrics=["accuracy"])
history = model.fit([sequences, places], sequences[:, ::-1], batch_size=32, epochs=1, verbose=2)
print(f"accuracy {history.history['accuracy'][-1]:.4f}", flush=True)
