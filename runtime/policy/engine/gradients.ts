/**
 * Registers the gradients of TensorFlow.js's own operations. Its core comes without them, and the package that brings them
 * brings all the rest too: a quarter of a second to load, which only who learns has to wait for.
 */
export async function registerGradients(): Promise<void> {
  await import("@tensorflow/tfjs");
}
