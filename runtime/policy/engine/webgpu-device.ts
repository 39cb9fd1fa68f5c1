import { setTimeout } from "node:timers/promises";
import { PolicyError } from "../errors.js";

/** The parts of WebGPU that this project touches itself; TensorFlow.js does the rest. */
export interface GpuDevice {
  readonly limits: Readonly<Record<string, number>>;
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(type: "uncapturederror", listener: (event: UncapturedError) => void): void;
  destroy(): void;
}
interface UncapturedError {
  readonly error: { readonly message: string };
  preventDefault(): void;
}
export interface GpuAdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}
interface GpuAdapter {
  readonly info: GpuAdapterInfo;
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: object): Promise<GpuDevice>;
}
interface Gpu {
  requestAdapter(options?: object): Promise<GpuAdapter | null>;
}

/** A device in use, and what is known of it. */
export interface OpenDevice {
  readonly gpu: Gpu;
  readonly device: GpuDevice;
  readonly info: GpuAdapterInfo;
}

/** What a program asks of an adapter beyond the defaults of WebGPU: all that it has, of what limits tensors. */
const LIMITS = [
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
];

/** Dawn ends with its GPU object: one is kept for as long as the thread lives. */
let gpu: Gpu | undefined;
/** The device that computes. What others report, which were given up, is nobody's business any more. */
let current: GpuDevice | undefined;
/** What went wrong on the current device, the first of it. Nothing that it computes afterwards is to be trusted. */
let fault: Error | undefined;
/** Milliseconds in which Dawn says that a device is lost after it broke something off for that reason. */
const GRACE = 1000;

/**
 * Loads Dawn (the npm package webgpu) and takes its preferred adapter.
 *
 * @throws Error saying what is missing: the package, its library for this platform, or an adapter
 */
async function requestAdapter(): Promise<GpuAdapter> {
  gpu ??= await loadDawn();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw new Error("webgpu is loaded, but finds no adapter");
  return adapter;
}

async function loadDawn(): Promise<Gpu> {
  // A name that the compiler does not follow: the package is optional.
  const name: string = "webgpu";
  try {
    const { create, globals } = await import(name);
    // The constants and classes that programs for WebGPU take for granted.
    for (const [key, value] of Object.entries(globals)) {
      if (!(key in globalThis)) Object.defineProperty(globalThis, key, { value, configurable: true });
    }
    return create([]) as Gpu;
  } catch (error) {
    throw new Error(reasonOf(name, error), { cause: error });
  }
}

/** Why an optional package does not load, in a few words. */
export function reasonOf(name: string, error: unknown): string {
  const { message = String(error) } = error as Error;
  if (message.includes("dawn.node")) return `${name} has no library that loads on this platform`;
  if (/Cannot find (package|module)|Failed to (load|resolve)/.test(message))
    return `${name} is not installed`;
  return `${name} does not load: ${message.split("\n")[0]}`;
}

/** The adapter that a device would be opened on; undefined if there is none. */
export async function findAdapter(): Promise<GpuAdapterInfo | undefined> {
  return requestAdapter().then(
    ({ info }) => info,
    () => undefined,
  );
}

/**
 * Opens a device. What Dawn reports about it from then on is kept for `settleDevice`: it reports a mistake, computes on,
 * and gives zeros or old values for what it did not compute.
 */
export async function openDevice(): Promise<OpenDevice> {
  const adapter = await requestAdapter();
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  const device = await adapter.requestDevice({ requiredLimits });
  watchDevice(device);
  return { gpu: gpu!, device, info: adapter.info };
}

/** Makes a device the current one, whose reports count. */
export function watchDevice(device: GpuDevice): void {
  current = device;
  fault = undefined;
  const report = (found: Error): void => {
    if (device === current) fault ??= found;
  };
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    report(faultOf(event.error));
  });
  void device.lost.then(({ message }) =>
    report(failed(`the GPU device was lost (${message}); run the command again, a training with --resume`)),
  );
}

/** Gives a device up. */
export function closeDevice(device: GpuDevice): void {
  if (device === current) current = undefined;
  device.destroy();
}

/** Whether the current device has done all that was asked of it. */
export function deviceIsSound(): boolean {
  return fault === undefined;
}

/**
 * Waits for values of the current device; on other backends, for values.
 *
 * @throws PolicyError `backend-failed` if the device is lost or out of memory
 * @throws Error if it refused something, which is a bug of this project or of TensorFlow.js
 */
export async function settleDevice<Values>(reading: Promise<Values>): Promise<Values> {
  const values = await reading.catch(async (error: unknown) => {
    // What a lost device breaks off may be heard of before the loss.
    if (current !== undefined)
      await Promise.race([current.lost, setTimeout(GRACE, undefined, { ref: false })]);
    throw deviceFailure(error);
  });
  if (fault !== undefined) throw fault;
  return values;
}

/**
 * What an error that was thrown while something was computed comes from: a fault of the current device, if there is one.
 * Memory that the device and this process share is not there without a fault.
 */
export function deviceFailure(error: unknown): unknown {
  if (fault !== undefined) return fault;
  if (error instanceof RangeError && error.message.includes("mapped at creation")) return outOfMemory(error);
  return error;
}

function faultOf(error: { readonly message: string }): Error {
  if (error.constructor.name === "GPUOutOfMemoryError") return outOfMemory(error);
  return new Error(`WebGPU refused what it was asked to do: ${error.message}`);
}

function outOfMemory({ message }: { readonly message: string }): PolicyError {
  const [first] = message.split("\n");
  return failed(`the GPU's memory does not suffice (${first}); use a smaller model or --backend wasm`);
}

function failed(message: string): PolicyError {
  return new PolicyError("backend-failed", message);
}

/** What an adapter calls itself, and its driver. */
export function adapterName({ vendor, architecture, device, description }: GpuAdapterInfo): string {
  const name = device === "" ? `${vendor} ${architecture}`.trim() : device;
  return description === "" ? name : `${name}, ${description}`;
}

/** Whether an adapter computes on the CPU. */
export function isSoftware(info: GpuAdapterInfo): boolean {
  const { vendor, architecture, device, description } = info;
  const names = [vendor, architecture, device, description].join(" ");
  return info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(names);
}
