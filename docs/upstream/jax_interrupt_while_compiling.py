"""Ctrl-C while `jax.jit` compiles: how often does it end the program, and after how long?

python jax_interrupt_while_compiling.py
"""

import signal
import subprocess
import sys
import time

PROGRAM = """
import jax, jax.numpy as jnp, time
def f(x):
    for i in range(100):
        x = jnp.sin(x) @ x + i
    return x
print("begins", flush=True)
begun = time.time()
jax.jit(f)(jnp.ones((8, 8))).block_until_ready()
print("goes on after", round(time.time() - begun, 2), "s", flush=True)
"""
for wait in (0.05, 0.5, 1.0, 1.5):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    time.sleep(wait)
    process.send_signal(signal.SIGINT)
    sent = time.time()
    out, err = process.communicate()
    last = (err.strip().splitlines() or ["no error"])[-1]
    print(f"after {wait} s: status {process.returncode}, {time.time() - sent:.2f} s later: {out.strip()} {last[:100]}")
