import { parentPort, workerData } from "node:worker_threads";
import { PolicyError } from "../errors.js";
import { LocalReplica } from "./local.js";
import type { ReplicaSettings } from "./protocol.js";
import type { Call, Outcome } from "./remote.js";

/** The body of a worker thread: a replica that answers calls in order. */
const port = parentPort;
if (port === null) throw new Error("worker.js runs in a worker thread only");

const post = (outcome: Outcome): void => port.postMessage(outcome);
const failure = (id: number, error: unknown): Outcome =>
  error instanceof PolicyError
    ? { id, error: { code: error.code, message: error.message } }
    : { id, error: { message: error instanceof Error ? (error.stack ?? error.message) : String(error) } };

try {
  const replica = await LocalReplica.start(workerData as ReplicaSettings);
  let last: Promise<void> = Promise.resolve();
  port.on("message", (call: Call) => {
    last = last.then(async () => {
      try {
        post({ id: call.id, value: await perform(replica, call) });
      } catch (error) {
        post(failure(call.id, error));
      }
      if (call.method === "close") port.close();
    });
  });
  post({ id: 0, value: replica.backend });
} catch (error) {
  post(failure(0, error));
  port.close();
}

function perform(replica: LocalReplica, call: Call): Promise<unknown> {
  switch (call.method) {
    case "addAdapter":
      return replica.addAdapter(...call.args);
    case "dropAdapter":
      return replica.dropAdapter(...call.args);
    case "addForm":
      return replica.addForm(...call.args);
    case "run":
      return replica.run(...call.args);
    case "gradient":
      return replica.gradient(...call.args);
    case "close":
      return replica.close();
  }
}
