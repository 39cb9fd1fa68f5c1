import { readFileSync } from "node:fs";
import { platform } from "node:os";

/**
 * The most memory that this process has ever had resident, in MiB. On Linux what the system calls the process's maximum
 * begins with that of the process that started it, so there the high-water mark of its own address space is read.
 */
export function peakMemory(): number {
  if (platform() !== "linux") return process.resourceUsage().maxRSS / 1024;
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kibibytes) / 1024;
}
