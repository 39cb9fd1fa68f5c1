import { mergeAdapter } from "../../runtime/policy/adapter/merge.js";
import type { FloatType } from "../../runtime/policy/weights/index.js";
import { startProgress } from "../progress.js";
import { CommandFailure } from "./exit.js";
import { parseBytes, showBytes } from "./sizes.js";
import { jsonText, printable } from "./terminal.js";
import { writeFolder } from "./write-folder.js";

export interface MergeOptions {
  readonly model: string;
  readonly adapter: string;
  readonly out: string;
  readonly dtype?: "float32" | "float16" | "bfloat16";
  readonly shardSize?: string;
  readonly json?: boolean;
}

const DTYPES: Readonly<Record<NonNullable<MergeOptions["dtype"]>, FloatType>> = {
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
};

/**
 * Merges and says what was written.
 * @throws CommandFailure or PolicyError for what the user can mend
 */
export async function mergeModel(options: MergeOptions): Promise<void> {
  const { model, adapter, out, dtype, shardSize } = options;
  const shardBytes = shardSize === undefined ? undefined : parseBytes(shardSize);
  if (shardSize !== undefined && shardBytes === undefined)
    throw new CommandFailure(`--shard-size ${shardSize}: expected a size such as 500MB or 5GB`);
  const merged = await writeFolder(out, async (folder) => {
    let progress: ReturnType<typeof startProgress> | undefined;
    try {
      return await mergeAdapter({
        base: model,
        adapter,
        out: folder,
        dtype: dtype && DTYPES[dtype],
        shardBytes,
        onProgress(done, total) {
          progress ??= startProgress("merge", total, "tensors");
          progress.update(done);
        },
      });
    } finally {
      progress?.finish();
    }
  });
  const { tensors, adapted, bytes, dtypes, files } = merged;
  process.stdout.write(
    options.json === true
      ? `${jsonText({ out, ...merged })}\n`
      : `${printable(out)}: ${tensors} tensors, ${adapted} of them adapted, ${dtypes.join(" and ")}, ${showBytes(bytes)} in ${files.length === 1 ? "one file" : `${files.length} files`}\n`,
  );
}
