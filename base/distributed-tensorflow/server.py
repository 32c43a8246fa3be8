"""Be one task of a TensorFlow cluster: CLUSTER names all of them, JOB and TASK say which one this is."""

import json
import os

import tensorflow as tf

cluster = tf.train.ClusterSpec(json.loads(os.environ["CLUSTER"]))
server = tf.distribute.Server(cluster, job_name=os.environ["JOB"], task_index=int(os.environ["TASK"]), protocol="grpc")
print(f"{os.environ['JOB']} {os.environ['TASK']} serves at {server.target}", flush=True)
server.join()
