import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";

/** The packages that bring TensorFlow's own library, and what each is for. Neither is needed to run flowc. */
const NATIVE_PACKAGES = {
  cuda: "@tensorflow/tfjs-node-gpu",
  native: "@tensorflow/tfjs-node",
} as const;

/** What the backend of those packages says of itself. */
interface NativeBackend {
  readonly isUsingGpuDevice?: boolean;
}

/**
 * Starts TensorFlow's C library as TensorFlow.js's current backend. Both packages register it under one name, so a
 * process runs one of them.
 *
 * @throws Error saying what is missing: the package, its library (its install script downloads that, or not), or a
 *   device. A CPU never stands in for a GPU that was asked for.
 */
export async function startNative(kind: keyof typeof NATIVE_PACKAGES): Promise<boolean> {
  const name = NATIVE_PACKAGES[kind];
  try {
    // By require: what it fails with then tells a missing package from a missing library.
    createRequire(import.meta.url)(name);
  } catch (error) {
    throw new Error(reasonOf(name, error), { cause: error });
  }
  // TensorFlow.js throws where nothing of that name was registered.
  if (!(await tf.setBackend("tensorflow").catch(() => false)))
    throw new Error(`${name} is loaded, but its backend does not start`);
  const { isUsingGpuDevice } = tf.backend() as NativeBackend;
  if (kind === "cuda" && isUsingGpuDevice !== true) throw new Error(`${name} is loaded, but finds no GPU`);
  await tryOut(name);
  return true;
}

/** The packages load on a Node that is too new for them, and fail at the first operation. */
async function tryOut(name: string): Promise<void> {
  try {
    const product = tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])));
    await product.data();
    product.dispose();
  } catch (error) {
    const [first] = (error as Error).message.split("\n");
    throw new Error(`${name} is loaded, but does not compute on this Node (${first})`, { cause: error });
  }
}

/** The two shapes in which loading fails: no such module, or an Error without a code about the native addon. */
function reasonOf(name: string, error: unknown): string {
  const { code, message = String(error) } = error as NodeJS.ErrnoException;
  if (code === "MODULE_NOT_FOUND" && message.startsWith(`Cannot find module '${name}'`))
    return `${name} is not installed`;
  if (message.includes("tfjs_binding.node")) return `${name} is installed without its native library`;
  return `${name} does not load: ${message.split("\n")[0]}`;
}
