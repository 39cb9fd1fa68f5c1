import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

/**
 * For all tests, in every process that they start: a Vulkan device on the CPU, so that WebGPU runs on machines without
 * a GPU. It is SwiftShader, which the package @sparticuz/chromium brings for another purpose; it brings the Vulkan
 * loader too. Where a driver was chosen already (VK_DRIVER_FILES or VK_ICD_FILENAMES) that one is left in place; where
 * this one does not run, tests on WebGPU are skipped and say why.
 */
export default function setUp(): (() => void) | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return;
  if (process.env.VK_DRIVER_FILES !== undefined || process.env.VK_ICD_FILENAMES !== undefined) return;
  const packed = swiftShader();
  if (packed === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), "flowc-gpu-"));
  execFileSync("tar", ["-x", "-C", folder], { input: brotliDecompressSync(packed) });
  process.env.VK_ICD_FILENAMES = join(folder, "vk_swiftshader_icd.json");
  // The loader is found where the process looks for libraries, which it decides when it starts.
  process.env.LD_LIBRARY_PATH = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return () => rmSync(folder, { recursive: true, force: true });
}

function swiftShader(): Buffer | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
    return readFileSync(join(entry, "../../../bin/swiftshader.tar.br"));
  } catch {
    return undefined;
  }
}
