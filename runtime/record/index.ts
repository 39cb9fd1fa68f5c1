export type { Contents, Plain } from "./container.js";
export { type Disk, nodeDisk, writeAtomically } from "./disk.js";
export { RecordError, type RecordErrorCode } from "./error.js";
export { RunLock } from "./lock.js";
export { type Checkpoint, type Manifest, Run } from "./run.js";
export type { Scalar } from "./tensorboard/event.js";
export { boardTag, EventFile } from "./tensorboard/event-file.js";
