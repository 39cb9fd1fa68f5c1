import { double, type Field, float, int64, message, string } from "./protobuf.js";

/*
 * Messages of TensorFlow's event.proto, summary.proto, tensor.proto, tensor_shape.proto and types.proto; the numbers
 * are those of their fields there.
 */

/** A named number at a step. */
export interface Scalar {
  readonly tag: string;
  readonly value: number;
}

const DT_STRING = 7;
const DATA_CLASS_TENSOR = 2;
const SESSION_START = 1;

/** The first event of every file. @param at seconds since 1970 */
export function versionEvent(at: number): Uint8Array {
  return Buffer.concat([double(1, at), string(3, "brain.Event:2")]);
}

/** Says that a run begins at a step: what a reader has of this step and later ones, it forgets. */
export function startEvent(at: number, step: number): Uint8Array {
  return event(at, step, message(7, [int64(1, SESSION_START)]));
}

/** Numbers of one step. They are told as `simple_value`, which every version of TensorBoard takes for a scalar. */
export function scalarEvent(at: number, step: number, scalars: readonly Scalar[]): Uint8Array {
  const values = scalars.map(({ tag, value }) => message(1, [string(1, tag), float(2, value)]));
  return event(at, step, message(5, values));
}

/** A text at a step, in Markdown, for TensorBoard's text tab. */
export function textEvent(at: number, step: number, tag: string, text: string): Uint8Array {
  const plugin = message(1, [string(1, "text")]);
  const metadata = message(9, [plugin, int64(4, DATA_CLASS_TENSOR)]);
  const shape = message(2, [message(2, [int64(1, 1)])]);
  const tensor = message(8, [int64(1, DT_STRING), shape, string(8, text)]);
  return event(at, step, message(5, [message(1, [string(1, tag), metadata, tensor])]));
}

function event(at: number, step: number, what: Field): Uint8Array {
  return Buffer.concat([double(1, at), int64(2, step), what]);
}
