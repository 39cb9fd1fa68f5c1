// Compiles the kernels (AssemblyScript, `*.as`) to WebAssembly and writes it as `module.ts`, so that it is built,
// tested and packed like any other source. Run it after changing a kernel: npm run kernels.
import { readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const folder = new URL("./", import.meta.url);

/** The text of module.ts as the kernels stand. */
export async function compileKernels() {
  let binary;
  const options = [
    "kernels.ts --outFile kernels.wasm --runtime stub --importMemory --initialMemory 1",
    "-O3 --shrinkLevel 0 --converge --noAssert --enable simd",
  ];
  const { error, stderr } = await asc.main(options.join(" ").split(" "), {
    // The compiler asks for .ts; the files are named .as, because to TypeScript's own compiler they are not TypeScript.
    readFile: (name) => readFile(new URL(name.replace(/\.ts$/, ".as"), folder), "utf8").catch(() => null),
    writeFile: (name, content) => {
      if (name === "kernels.wasm") binary = Buffer.from(content);
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  for (const section of sections(binary)) {
    if (section === DATA)
      throw new Error("the kernels hold static data, which would overwrite TensorFlow.js's");
  }
  const lines = binary.toString("base64").match(/.{1,96}/g);
  return [
    "// Written by build.mjs from the *.as files beside it: do not edit, run `npm run kernels`.",
    "/** The kernels' WebAssembly module, in base64. */",
    "export const KERNELS =",
    lines.map((line) => `  "${line}"`).join(" +\n") + ";",
    "",
  ].join("\n");
}

const DATA = 11;

/** The ids of a WebAssembly module's sections. */
function* sections(binary) {
  for (let at = 8; at < binary.length; ) {
    yield binary[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++];
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await writeFile(new URL("module.ts", folder), await compileKernels());
}
