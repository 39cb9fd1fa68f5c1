import { describe, expect, it } from "vitest";
import {
  deviceFailure,
  type GpuDevice,
  settleDevice,
  watchDevice,
} from "../../runtime/policy/engine/webgpu-device.js";

class GPUOutOfMemoryError {
  constructor(readonly message: string) {}
}
class GPUValidationError {
  constructor(readonly message: string) {}
}

/** A device of which the test says what it reports. */
function device() {
  type Listener = Parameters<GpuDevice["addEventListener"]>[1];
  let listener: Listener | undefined;
  let lose: (info: { reason: string; message: string }) => void = () => {};
  const lost = new Promise<{ reason: string; message: string }>((resolve) => {
    lose = resolve;
  });
  const prevented: boolean[] = [];
  watchDevice({
    limits: {},
    lost,
    destroy() {},
    addEventListener(_, added) {
      listener = added;
    },
  });
  return {
    prevented,
    lose: (message: string) => lose({ reason: "unknown", message }),
    report: (error: { message: string }) => listener!({ error, preventDefault: () => prevented.push(true) }),
  };
}

const values = Promise.resolve([1]);
const broken = () => Promise.reject(new DOMException("", "AbortError"));

describe("a GPU device", () => {
  it("gives values as long as nothing is reported", async () => {
    device();
    expect(await settleDevice(values)).toEqual([1]);
  });

  it("that is out of memory is the user's to mend, and gives no values any more", async () => {
    const { report, prevented } = device();
    report(
      new GPUOutOfMemoryError("vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY\n - While calling"),
    );
    // Otherwise Dawn prints it too.
    expect(prevented).toEqual([true]);
    const full = {
      code: "backend-failed",
      message:
        "the GPU's memory does not suffice (vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY); use a smaller model or --backend wasm",
    };
    await expect(settleDevice(values)).rejects.toMatchObject(full);
    await expect(settleDevice(broken())).rejects.toMatchObject(full);
    expect(deviceFailure(new TypeError("follows from it"))).toMatchObject(full);
  });

  it("that has no memory left to write weights to is out of memory, though nothing is reported", () => {
    device();
    const thrown = new RangeError("createBuffer failed to allocate a buffer mapped at creation.");
    expect(deviceFailure(thrown)).toMatchObject({
      code: "backend-failed",
      message: expect.stringContaining("the GPU's memory does not suffice"),
    });
    const other = new RangeError("another");
    expect(deviceFailure(other)).toBe(other);
  });

  it("that is lost breaks off what is read, also where the loss is heard of afterwards", async () => {
    const { lose } = device();
    const reading = settleDevice(broken());
    lose("driver reset");
    await expect(reading).rejects.toMatchObject({
      code: "backend-failed",
      message: "the GPU device was lost (driver reset); run the command again, a training with --resume",
    });
  });

  it("that refuses something has found a bug, the first of which is told", async () => {
    const { report } = device();
    report(new GPUValidationError("too many buffers"));
    report(new GPUOutOfMemoryError("and then"));
    await expect(settleDevice(values)).rejects.toThrow(
      "WebGPU refused what it was asked to do: too many buffers",
    );
    await expect(settleDevice(values)).rejects.not.toHaveProperty("code");
  });

  it("that was given up for another has no say any more", async () => {
    const before = device();
    device();
    before.report(new GPUOutOfMemoryError("late"));
    before.lose("later");
    await Promise.resolve();
    expect(await settleDevice(values)).toEqual([1]);
  });
});
